// megalodon: other people, near and far.

import { deepStrictEqual as same, ok, strictEqual as equal } from "node:assert";

import { eventually, given } from "./day.mjs";

const ids = (rows) => rows.map(({ id }) => id);

/** Everything about people. Leaves `day.far`, ben as an account here, and `day.near`, zoe. */
export async function people(day) {
  await following(day);
  await far(day);
  await lists(day);
  await shutting(day);
  await asking(day);
}

async function following(day) {
  const handle = given.ben.handle;
  const found = await day.call("search", [handle, { type: "accounts", resolve: true }], (got) => {
    same(got.accounts.map(({ acct }) => acct), ["ben@beta.test"]);
  });
  const [ben] = found.accounts;
  day.far = ben;
  await day.call("searchAccount", [handle, { resolve: true }], (got) => same(ids(got), [ben.id]));
  await day.call("followAccount", [ben.id, { reblog: true }], (got) => ok(got.following || got.requested));
  const relation = await day.until("getRelationship", [ben.id], (got) => got.following);
  same([relation.id, relation.showing_reblogs, relation.notifying, relation.blocking], [ben.id, true, false, false]);
  await day.call("getRelationships", [[ben.id, day.me.id]], (got) => same(ids(got), [ben.id, day.me.id]));
  await day.call("subscribeAccount", [ben.id], (got) => equal(got.notifying, true));
  await day.call("unsubscribeAccount", [ben.id], (got) => equal(got.notifying, false));
  await day.call("getAccountFollowing", [day.me.id], (got) => same(ids(got), [ben.id]));
  const [me] = (await day.ben("search", ["@alice@alpha.test", { type: "accounts", resolve: true }])).accounts;
  await day.ben("followAccount", [me.id]);
  await day.until("getAccountFollowers", [day.me.id], (got) => got.some(({ id }) => id === ben.id));
  await day.call("pinAccount", [ben.id], (got) => equal(got.endorsed, true));
  await day.call("getEndorsements", [], (got) => same(ids(got), [ben.id]));
  await day.call("unpinAccount", [ben.id], (got) => equal(got.endorsed, false));
  await day.call("setAccountNote", [ben.id, "far away"], (got) => equal(got.note, "far away"));
}

async function far(day) {
  const { uri } = await day.ben("postStatus", ["from far #away"]);
  const here = (got) => got.find((each) => each.uri === uri);
  const post = here(await day.until("getHomeTimeline", [], (got) => here(got)));
  await day.call("search", [uri, { resolve: true }], (got) => same(ids(got.statuses), [post.id]));
  await day.call("favouriteStatus", [post.id], (got) => equal(got.favourited, true));
  const heard = (rows) => rows.some(({ type, account }) => type === "favourite" && account.acct === "alice@alpha.test");
  await eventually(() => day.ben("getNotifications"), heard);
  const reply = await day.call("postStatus", ["@ben@beta.test hello", { in_reply_to_id: post.id }], (got) => {
    same(got.mentions.map(({ acct }) => acct), ["ben@beta.test"]);
  });
  await eventually(() => day.ben("getHomeTimeline"), (rows) => rows.some((each) => each.uri === reply.uri));
  const wanted = { status_ids: [post.id], comment: "look", forward: false, category: "spam" };
  await day.call("report", [day.far.id, wanted], (got) => {
    same([got.target_account.id, got.category, got.comment], [day.far.id, "spam", "look"]);
  });
}

async function lists(day) {
  const { id } = day.far;
  const list = await day.call("createList", ["far ones"], (got) => equal(got.title, "far ones"));
  await day.call("addAccountsToList", [list.id, [id]]);
  await day.call("getAccountsInList", [list.id], (got) => same(ids(got), [id]));
  await day.call("getAccountLists", [id], (got) => same(ids(got), [list.id]));
  await day.call("updateList", [list.id, "farther"], (got) => equal(got.title, "farther"));
  await day.call("getLists", [], (got) => same(got.map(({ title }) => title), ["farther"]));
  await day.call("getList", [list.id], (got) => equal(got.title, "farther"));
  const { uri } = await day.ben("postStatus", ["for the list"]);
  await day.until("getListTimeline", [list.id], (got) => got[0]?.uri === uri);
  await day.call("deleteAccountsFromList", [list.id, [id]]);
  await day.call("getAccountsInList", [list.id], (got) => same(got, []));
  await day.call("deleteList", [list.id]);
  await day.refused("getList", [list.id], 404, "Record not found");
}

async function shutting(day) {
  const { id } = day.far;
  await day.call("muteAccount", [id, true], (got) => same([got.muting, got.muting_notifications], [true, true]));
  await day.call("getMutes", [], (got) => same(ids(got), [id]));
  await day.call("unmuteAccount", [id], (got) => equal(got.muting, false));
  await day.call("unfollowAccount", [id], (got) => equal(got.following, false));
  await day.call("blockAccount", [id], (got) => equal(got.blocking, true));
  await day.call("getBlocks", [], (got) => same(ids(got), [id]));
  await day.call("unblockAccount", [id], (got) => equal(got.blocking, false));
  await day.call("blockDomain", ["evil.test"]);
  await day.call("getDomainBlocks", [], (got) => same(got, ["evil.test"]));
  await day.call("unblockDomain", ["evil.test"]);
  await day.call("getDomainBlocks", [], (got) => same(got, []));
}

async function asking(day) {
  await day.call("updateCredentials", [{ locked: true }], (got) => equal(got.locked, true));
  await day.zoe("followAccount", [day.me.id]);
  const [zoe] = await day.call("getFollowRequests", [], (got) => same(got.map(({ acct }) => acct), ["zoe"]));
  day.near = zoe;
  await day.call("rejectFollowRequest", [zoe.id], (got) => equal(got.followed_by, false));
  await day.zoe("followAccount", [day.me.id]);
  await day.call("acceptFollowRequest", [zoe.id], (got) => equal(got.followed_by, true));
  await day.call("getFollowRequests", [10], (got) => same(got, []));
  await day.call("updateCredentials", [{ locked: false }], (got) => equal(got.locked, false));
}
