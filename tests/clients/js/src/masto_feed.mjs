// masto.js pages through a list to its end, while the test lets new posts arrive; tells the posts that it saw.

import { createRestAPIClient } from "masto";

import { ask, given } from "./day.mjs";

const api = createRestAPIClient({ url: given.url, accessToken: given.token });
const [feed] = await api.v1.lists.list();
const seen = [];
for await (const page of api.v1.timelines.list.$select(feed.id).list({ limit: 40 })) {
  for (const each of page) {
    if (!each.account.group) throw new Error(`${each.account.acct} is no group`);
    seen.push(each.reblog.id);
  }
  await ask("arrive", { seen: seen.length });
}
await ask("seen", { ids: seen });
process.exit(0);
