// masto.js as a moderation app: policies towards other servers.

import { deepStrictEqual as same, rejects, strictEqual as equal } from "node:assert";
import { createRestAPIClient } from "masto";

import { ask, given } from "./day.mjs";

const { v1 } = createRestAPIClient({ url: given.url, accessToken: given.token });
const names = (rows) => rows.map(({ domain }) => domain);

const made = await v1.admin.domainBlocks.create({ domain: "Bad.Test", severity: "silence", publicComment: "spam" });
same([made.domain, made.severity, made.publicComment, made.rejectMedia], ["bad.test", "silence", "spam", false]);
const one = v1.admin.domainBlocks.$select(made.id);
equal((await one.fetch()).id, made.id);
const changed = await one.update({ severity: "suspend", rejectReports: true, obfuscate: true });
same([changed.severity, changed.rejectReports, changed.obfuscate], ["suspend", true, true]);
await rejects(v1.admin.domainBlocks.create({ domain: "bad.test" }), { statusCode: 422 });
for (const name of ["a", "b", "c"]) await v1.admin.domainBlocks.create({ domain: `${name}.test`, severity: "noop" });
const seen = [];
for await (const page of v1.admin.domainBlocks.list({ limit: 2 })) seen.push(...names(page));
same(seen, ["c.test", "b.test", "a.test", "bad.test"]);
same(names(await v1.instance.domainBlocks.list()), ["bad.**st"]);
await one.remove();
await rejects(one.fetch(), { statusCode: 404 });

const allowed = await v1.admin.domainAllows.create({ domain: "good.test" });
equal((await v1.admin.domainAllows.create({ domain: "good.test" })).id, allowed.id);
equal((await v1.admin.domainAllows.$select(allowed.id).fetch()).domain, "good.test");
same(names(await v1.admin.domainAllows.list()), ["good.test"]);
await v1.admin.domainAllows.$select(allowed.id).remove();
same(await v1.admin.domainAllows.list(), []);
await ask("done", {});
process.exit(0);
