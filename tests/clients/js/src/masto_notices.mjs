// masto.js: notifications, one by one and in groups, and the stream.

import { deepStrictEqual as same, strictEqual as equal } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";

import { createStreamingAPIClient } from "masto";

import { eventually } from "./day.mjs";

const ids = (rows) => rows.map(({ id }) => id);

/** Notifications and streams. */
export async function notices(day) {
  await single(day);
  await grouped(day);
  await kept(day);
  await streamed(day);
}

async function single(day) {
  await day.call("v1.notifications.clear", []);
  const mention = await day.zoe("v1.statuses.create", [{ status: "@alice hello", inReplyToId: day.note.id }]);
  const [told] = await day.until("v1.notifications.list", [{ types: ["mention"] }], (got) => got.length === 1);
  same([told.type, told.status.id, told.account.id], ["mention", mention.id, day.near.id]);
  await day.call("v1.notifications.$.fetch", [told.id], (got) => equal(got.id, told.id));
  await day.call("v1.notifications.unreadCount.fetch", [], (got) => equal(got.count, 1));
  await day.call("v1.notifications.$.dismiss", [told.id]);
  await day.call("v1.notifications.list", [], (got) => same(got, []));
}

async function grouped(day) {
  const { note } = day;
  await day.zoe("v1.statuses.$.favourite", [note.id]);
  const [here] = (await day.ben("v2.search.list", [{ q: note.uri, resolve: true, type: "statuses" }])).statuses;
  await day.ben("v1.statuses.$.favourite", [here.id]);
  const page = await day.until("v2.notifications.list", [{ groupedTypes: ["favourite"] }], (got) => {
    return got.notificationGroups[0]?.notificationsCount === 2;
  });
  const [group] = page.notificationGroups;
  const people = [day.far.id, day.near.id];
  same([group.type, group.statusId, group.sampleAccountIds], ["favourite", note.id, people]);
  same([ids(page.statuses), ids(page.accounts).sort()], [[note.id], people.sort()]);
  await day.call("v2.notifications.unreadCount.fetch", [], (got) => equal(got.count, 1));
  const key = group.groupKey;
  await day.call("v2.notifications.$.fetch", [key], (got) => equal(got.notificationGroups[0].groupKey, key));
  await day.call("v2.notifications.$.accounts.fetch", [key], (got) => same(ids(got).sort(), people));
  await day.call("v2.notifications.$.dismiss", [key]);
  await day.call("v2.notifications.list", [], (got) => same(got.notificationGroups, []));
}

async function kept(day) {
  await day.call("v2.notifications.policy.fetch", [], (got) => {
    same([got.forNotFollowing, got.summary.pendingRequestsCount], ["accept", 0]);
  });
  await day.call("v2.notifications.policy.update", [{ forNotFollowing: "filter" }], (got) => {
    same([got.forNotFollowing, got.forNewAccounts], ["filter", "accept"]);
  });
  const asks = async (status) => {
    const post = await day.zoe("v1.statuses.create", [{ status: `@alice ${status}` }]);
    const [found] = await day.until("v1.notifications.requests.list", [], (got) => got.length === 1);
    same([found.lastStatus.id, found.account.id], [post.id, day.near.id]);
    return found;
  };
  const first = await asks("anybody there?");
  await day.call("v2.notifications.policy.fetch", [], (got) => equal(got.summary.pendingRequestsCount, 1));
  await day.call("v1.notifications.requests.$.fetch", [first.id], (got) => equal(String(got.notificationsCount), "1"));
  await day.call("v1.notifications.requests.$.dismiss", [first.id]);
  const second = await asks("somebody?");
  await day.call("v1.notifications.requests.$.accept", [second.id]);
  await day.until("v1.notifications.requests.merged.fetch", [], ({ merged }) => merged);
  await day.until("v1.notifications.list", [], (got) => got.some(({ status }) => status?.id === second.lastStatus.id));
  await day.call("v2.notifications.policy.update", [{ forNotFollowing: "accept" }]);
}

/** What comes of a stream, kept as it comes. */
function listen(subscription) {
  const heard = [];
  (async () => {
    for await (const each of subscription) heard.push(each);
  })();
  const find = (event, wanted) => heard.find((each) => each.event === event && wanted(each.payload));
  return { find, wait: (event, wanted) => eventually(async () => find(event, wanted), Boolean) };
}

async function streamed(day) {
  const streamingApiUrl = day.streaming;
  const client = createStreamingAPIClient({ streamingApiUrl, accessToken: day.token, implementation: WebSocket });
  await day.does("streaming.prepare", () => client.prepare());
  const user = client.user.subscribe();
  const tagged = client.hashtag.subscribe({ tag: "streamed" });
  await day.does("streaming.user.subscribe", () => userStream(day, listen(user)));
  await day.does("streaming.hashtag.subscribe", () => tagStream(day, listen(tagged)));
  user.unsubscribe();
  client.close();
}

async function userStream(day, own) {
  // until the server has heard of the subscription, what happens is not told
  const first = await eventually(async () => {
    const post = await day.invoke("v1.statuses.create", [{ status: "to the stream" }]);
    await sleep(100);
    return own.find("update", ({ id }) => id === post.id);
  }, Boolean);
  same([first.stream, first.payload.account.acct], [["user"], "alice"]);
  await day.zoe("v1.statuses.create", [{ status: "@alice did you hear?" }]);
  const told = await own.wait("notification", ({ type }) => type === "mention");
  equal(told.payload.account.acct, "zoe");
  const { id } = first.payload;
  await day.invoke("v1.statuses.$.update", [id, { status: "to the stream again" }]);
  await own.wait("status.update", ({ content }) => content.includes("again"));
  await day.invoke("v1.statuses.$.remove", [id]);
  await own.wait("delete", (payload) => payload === id);
}

async function tagStream(day, tag) {
  const post = await day.zoe("v1.statuses.create", [{ status: "also #streamed" }]);
  const got = await tag.wait("update", ({ id }) => id === post.id);
  equal(got.stream[0], "hashtag");
}
