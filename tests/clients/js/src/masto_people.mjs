// masto.js: other people, near and far.

import { deepStrictEqual as same, ok, strictEqual as equal } from "node:assert";

import { eventually, given } from "./day.mjs";

const ids = (rows) => rows.map(({ id }) => id);

/** Everything about people. Leaves `day.far`, ben as an account here. */
export async function people(day) {
  await following(day);
  await far(day);
  await lists(day);
  await shutting(day);
  await asking(day);
}

async function following(day) {
  const handle = given.ben.handle;
  const found = await day.call("v2.search.list", [{ q: handle, type: "accounts", resolve: true }], (got) => {
    same(got.accounts.map(({ acct }) => acct), ["ben@beta.test"]);
  });
  const [ben] = found.accounts;
  day.far = ben;
  await day.call("v1.accounts.search.list", [{ q: handle, resolve: true }], (got) => same(ids(got), [ben.id]));
  await day.call("v1.accounts.$.follow", [ben.id, { reblogs: false, notify: true }], (got) => {
    ok(got.following || got.requested);
  });
  const [relation] = await day.until("v1.accounts.relationships.fetch", [{ id: [ben.id] }], ([got]) => got.following);
  same([relation.id, relation.notifying, relation.showingReblogs, relation.blocking], [ben.id, true, false, false]);
  await day.call("v1.accounts.$.following.list", [day.me.id], (got) => same(ids(got), [ben.id]));
  const [me] = (await day.ben("v2.search.list", [{ q: "@alice@alpha.test", type: "accounts", resolve: true }])).accounts;
  await day.ben("v1.accounts.$.follow", [me.id]);
  await day.until("v1.accounts.$.followers.list", [day.me.id], (got) => got.some(({ id }) => id === ben.id));
  await day.zoe("v1.accounts.$.follow", [ben.id]);
  await day.call("v1.accounts.familiarFollowers.fetch", [{ id: [ben.id] }], (got) => same(got[0].id, ben.id));
  await day.call("v1.accounts.$.endorse", [ben.id], (got) => equal(got.endorsed, true));
  await day.call("v1.endorsements.list", [], (got) => same(ids(got), [ben.id]));
  await day.call("v1.accounts.$.endorsements.list", [day.me.id], (got) => same(ids(got), [ben.id]));
  await day.call("v1.accounts.$.unendorse", [ben.id], (got) => equal(got.endorsed, false));
  await day.call("v1.accounts.$.note.create", [ben.id, { comment: "far away" }], (got) => equal(got.note, "far away"));
}

async function far(day) {
  const { uri } = await day.ben("v1.statuses.create", [{ status: "from far #away" }]);
  const here = (got) => got.find((each) => each.uri === uri);
  const post = here(await day.until("v1.timelines.home.list", [], (got) => here(got)));
  day.post = post;
  await day.call("v2.search.list", [{ q: uri, resolve: true }], (got) => same(ids(got.statuses), [post.id]));
  await day.call("v1.timelines.public.list", [{ remote: true }], (got) => ok(here(got)));
  await day.call("v1.statuses.$.favourite", [post.id], (got) => equal(got.favourited, true));
  const heard = (rows) => rows.some(({ type, account }) => type === "favourite" && account.acct === "alice@alpha.test");
  await eventually(() => day.ben("v1.notifications.list", []), heard);
  const reply = await day.call("v1.statuses.create", [{ status: "@ben@beta.test hello", inReplyToId: post.id }], (got) => {
    same(got.mentions.map(({ acct }) => acct), ["ben@beta.test"]);
  });
  await eventually(() => day.ben("v1.timelines.home.list", []), (rows) => rows.some((each) => each.uri === reply.uri));
  const wanted = { accountId: day.far.id, statusIds: [post.id], comment: "look", forward: false, category: "spam" };
  await day.call("v1.reports.create", [wanted], (got) => {
    same([got.targetAccount.id, got.category, got.comment, got.statusIds], [day.far.id, "spam", "look", [post.id]]);
  });
}

async function lists(day) {
  const { id } = day.far;
  const list = await day.call("v1.lists.create", [{ title: "far ones", exclusive: false }], (got) => {
    same([got.title, got.exclusive, got.repliesPolicy], ["far ones", false, "list"]);
  });
  await day.call("v1.lists.$.accounts.create", [list.id, { accountIds: [id] }]);
  await day.call("v1.lists.$.accounts.list", [list.id], (got) => same(ids(got), [id]));
  await day.call("v1.accounts.$.lists.list", [id], (got) => same(ids(got), [list.id]));
  await day.call("v1.lists.$.update", [list.id, { title: "farther", exclusive: true }], (got) => {
    same([got.title, got.exclusive], ["farther", true]);
  });
  await day.call("v1.lists.list", [], (got) => same(got.map(({ title }) => title), ["farther"]));
  await day.call("v1.lists.$.fetch", [list.id], (got) => equal(got.title, "farther"));
  const { uri } = await day.ben("v1.statuses.create", [{ status: "for the list" }]);
  await day.until("v1.timelines.list.$.list", [list.id], (got) => got[0]?.uri === uri);
  await day.call("v1.lists.$.accounts.remove", [list.id, { accountIds: [id] }]);
  await day.call("v1.lists.$.accounts.list", [list.id], (got) => same(got, []));
  await day.call("v1.lists.$.remove", [list.id]);
  await day.refused("v1.lists.$.fetch", [list.id], 404, "Record not found");
}

async function shutting(day) {
  const { id } = day.far;
  await day.call("v1.accounts.$.mute", [id, { notifications: true, duration: 3600 }], (got) => {
    same([got.muting, got.mutingNotifications], [true, true]);
  });
  await day.call("v1.mutes.list", [], ([got]) => {
    equal(got.id, id);
    ok(Date.parse(got.muteExpiresAt) > Date.now());
  });
  await day.call("v1.accounts.$.unmute", [id], (got) => equal(got.muting, false));
  await day.call("v1.accounts.$.removeFromFollowers", [id], (got) => equal(got.followedBy, false));
  await day.call("v1.accounts.$.unfollow", [id], (got) => equal(got.following, false));
  await day.call("v1.accounts.$.block", [id], (got) => equal(got.blocking, true));
  await day.call("v1.blocks.list", [], (got) => same(ids(got), [id]));
  await day.call("v1.accounts.$.unblock", [id], (got) => equal(got.blocking, false));
  await day.call("v1.domainBlocks.create", [{ domain: "evil.test" }]);
  await day.call("v1.domainBlocks.list", [], (got) => same(got, ["evil.test"]));
  await day.call("v1.domainBlocks.remove", [{ domain: "evil.test" }]);
  await day.call("v1.domainBlocks.list", [], (got) => same(got, []));
}

async function asking(day) {
  await day.call("v1.accounts.updateCredentials", [{ locked: true }], (got) => equal(got.locked, true));
  await day.zoe("v1.accounts.$.follow", [day.me.id]);
  const [zoe] = await day.call("v1.followRequests.list", [], (got) => same(got.map(({ acct }) => acct), ["zoe"]));
  day.near = zoe;
  await day.call("v1.followRequests.$.reject", [zoe.id], (got) => equal(got.followedBy, false));
  await day.zoe("v1.accounts.$.follow", [day.me.id]);
  await day.call("v1.followRequests.$.authorize", [zoe.id], (got) => same([got.followedBy, got.requestedBy], [true, false]));
  await day.call("v1.followRequests.list", [], (got) => same(got, []));
  await day.call("v1.accounts.updateCredentials", [{ locked: false }], (got) => equal(got.locked, false));
}
