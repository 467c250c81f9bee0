// masto.js as a reader and an author: a label in `filtered`, a hold and its reason in the notifications.

import { strictEqual as equal, deepStrictEqual as same, ok } from "node:assert";
import { createRestAPIClient } from "masto";

import { given } from "./day.mjs";

const { v1 } = createRestAPIClient({ url: given.url, accessToken: given.token });

const labelled = await v1.statuses.$select(given.labelled).fetch();
const [result] = labelled.filtered;
same([result.filter.title, result.filter.filterAction], ["Community: No AI disclosure", "warn"]);
same(result.statusMatches, [given.labelled]);

const home = await v1.timelines.home.list();
ok(!home.some(({ id }) => id === given.strangersHeld), "what is held is for its author alone");
equal((await v1.statuses.$select(given.held).fetch()).id, given.held);
const [told] = await v1.notifications.list({ types: ["moderation_warning"] });
equal(told.type, "moderation_warning");
ok(told.moderationWarning.text.includes("Rule 1"), told.moderationWarning.text);
ok(told.moderationWarning.statusIds.includes(given.held));
console.log("seen");
process.exit(0);
