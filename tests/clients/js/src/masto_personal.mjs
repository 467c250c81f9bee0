// masto.js: what a person keeps for themselves.

import { deepStrictEqual as same, ok, strictEqual as equal } from "node:assert";

const ids = (rows) => rows.map(({ id }) => id);
const names = (rows) => rows.map(({ name }) => name);

/** Filters, tags, markers, conversations, suggestions. */
export async function personal(day) {
  await filters(day);
  await oldFilters(day);
  await tags(day);
  await markers(day);
  await conversations(day);
  await finding(day);
}

async function filters(day) {
  const wanted = {
    title: "drinks",
    context: ["home", "public"],
    filterAction: "warn",
    expiresIn: 3600,
    keywordsAttributes: [{ keyword: "cocoa", wholeWord: true }],
  };
  const made = await day.call("v2.filters.create", [wanted], (got) => {
    same([got.title, got.context, got.filterAction], ["drinks", ["home", "public"], "warn"]);
    same(got.keywords.map(({ keyword, wholeWord }) => [keyword, wholeWord]), [["cocoa", true]]);
    ok(Date.parse(got.expiresAt) > Date.now());
  });
  const post = await day.zoe("v1.statuses.create", [{ status: "hot cocoa" }]);
  await day.call("v1.statuses.$.fetch", [post.id], ({ filtered }) => {
    same([filtered[0].filter.id, filtered[0].keywordMatches], [made.id, ["cocoa"]]);
  });
  const change = { title: "hot drinks", filterAction: "hide" };
  await day.call("v2.filters.$.update", [made.id, change], (got) => {
    same([got.title, got.filterAction, got.keywords.length], ["hot drinks", "hide", 1]);
  });
  const word = await day.call("v2.filters.$.keywords.create", [made.id, { keyword: "tea", wholeWord: false }], (got) => {
    same([got.keyword, got.wholeWord], ["tea", false]);
  });
  await day.call("v2.filters.keywords.$.update", [word.id, { keyword: "chai", wholeWord: true }], (got) => {
    same([got.keyword, got.wholeWord], ["chai", true]);
  });
  await day.call("v2.filters.keywords.$.fetch", [word.id], (got) => equal(got.keyword, "chai"));
  await day.call("v2.filters.$.keywords.list", [made.id], (got) => {
    same(got.map(({ keyword }) => keyword).sort(), ["chai", "cocoa"]);
  });
  await day.call("v2.filters.keywords.$.remove", [word.id]);
  const kept = await day.call("v2.filters.$.statuses.create", [made.id, { statusId: day.note.id }], (got) => {
    equal(got.statusId, day.note.id);
  });
  await day.call("v2.filters.$.statuses.list", [made.id], (got) => same(ids(got), [kept.id]));
  await day.call("v2.filters.statuses.$.fetch", [kept.id], (got) => equal(got.statusId, day.note.id));
  await day.call("v2.filters.statuses.$.remove", [kept.id]);
  await day.call("v2.filters.list", [], (got) => same(ids(got), [made.id]));
  await day.call("v2.filters.$.fetch", [made.id], (got) => same([got.statuses, got.keywords.length], [[], 1]));
  await day.call("v2.filters.$.remove", [made.id]);
  await day.refused("v2.filters.$.fetch", [made.id], 404, "Record not found");
}

async function oldFilters(day) {
  const made = await day.call("v1.filters.create", [{ phrase: "noise", context: ["home"], wholeWord: true }], (got) => {
    same([got.phrase, got.context, got.wholeWord], ["noise", ["home"], true]);
  });
  await day.call("v1.filters.$.update", [made.id, { phrase: "din", context: ["home", "thread"] }], (got) => {
    same([got.phrase, got.context], ["din", ["home", "thread"]]);
  });
  await day.call("v1.filters.$.fetch", [made.id], (got) => equal(got.phrase, "din"));
  await day.call("v1.filters.list", [], (got) => same(ids(got), [made.id]));
  await day.call("v1.filters.$.remove", [made.id]);
}

async function tags(day) {
  await day.call("v1.tags.$.follow", ["pages"], (got) => same([got.name, got.following], ["pages", true]));
  await day.call("v1.followedTags.list", [], (got) => same(names(got), ["pages"]));
  await day.call("v1.tags.$.unfollow", ["pages"], (got) => equal(got.following, false));
  await day.call("v1.tags.$.feature", ["pages"], (got) => equal(got.featuring, true));
  await day.call("v1.tags.$.fetch", ["pages"], (got) => same([got.featuring, got.history[0].uses], [true, "5"]));
  await day.call("v1.tags.$.unfeature", ["pages"], (got) => equal(got.featuring, false));
  await day.call("v1.featuredTags.suggestions.list", [], (got) => ok(names(got).includes("pages")));
  const made = await day.call("v1.featuredTags.create", [{ name: "paint" }], (got) => {
    same([got.name, got.statusesCount], ["paint", "1"]);
  });
  await day.call("v1.featuredTags.list", [], (got) => same(names(got), ["paint"]));
  await day.call("v1.accounts.$.featuredTags.list", [day.me.id], (got) => same(ids(got), [made.id]));
  await day.call("v1.featuredTags.$.remove", [made.id]);
  await day.call("v2.search.list", [{ q: "pages", type: "hashtags" }], (got) => ok(names(got.hashtags).includes("pages")));
  await day.call("v2.search.list", [{ q: "Fresher", type: "statuses" }], (got) => same(ids(got.statuses), [day.note.id]));
}

async function markers(day) {
  await day.call("v1.markers.create", [{ home: { lastReadId: day.note.id } }], (got) => {
    same([got.home.lastReadId, got.home.version >= 1], [day.note.id, true]);
  });
  await day.call("v1.markers.fetch", [{ timeline: ["home", "notifications"] }], (got) => {
    equal(got.home.lastReadId, day.note.id);
  });
}

async function conversations(day) {
  // strangers' private mentions wait as requests, unless one wants them
  await day.call("v2.notifications.policy.update", [{ forPrivateMentions: "accept" }], (got) => {
    equal(got.forPrivateMentions, "accept");
  });
  const secret = await day.zoe("v1.statuses.create", [{ status: "@alice between us", visibility: "direct" }]);
  const [talk] = await day.until("v1.conversations.list", [], (got) => got.length === 1);
  same([talk.lastStatus.id, talk.unread, talk.accounts.map(({ acct }) => acct)], [secret.id, true, ["zoe"]]);
  await day.call("v1.conversations.$.read", [talk.id], (got) => equal(got.unread, false));
  await day.call("v1.conversations.$.unread", [talk.id], (got) => equal(got.unread, true));
  await day.call("v1.timelines.direct.list", [], (got) => same(ids(got), [secret.id]));
  await day.call("v1.conversations.$.remove", [talk.id]);
  await day.call("v1.conversations.list", [], (got) => same(got, []));
}

async function finding(day) {
  await day.zoe("v1.accounts.updateCredentials", [{ discoverable: true }]);
  await day.call("v1.directory.list", [{ order: "new", local: true }], (got) => {
    same(got.map(({ acct }) => acct).sort(), ["alice", "zoe"]);
  });
  const found = await day.call("v2.suggestions.list", [], (got) => {
    for (const { account, sources } of got) ok(account.id && sources.length);
  });
  await day.call("v1.suggestions.list", [], (got) => same(ids(got), found.map(({ account }) => account.id)));
}
