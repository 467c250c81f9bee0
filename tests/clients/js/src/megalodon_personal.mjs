// megalodon: what a person keeps for themselves.

import { deepStrictEqual as same, ok, strictEqual as equal } from "node:assert";

const ids = (rows) => rows.map(({ id }) => id);
const names = (rows) => rows.map(({ name }) => name);

/** Filters, tags, markers, conversations, suggestions. */
export async function personal(day) {
  await filters(day);
  await tags(day);
  await markers(day);
  await conversations(day);
  await finding(day);
}

async function filters(day) {
  const options = { whole_word: true, expires_in: 3600 };
  const made = await day.call("createFilter", ["noise", ["home", "public"], options], (got) => {
    same([got.phrase, got.context, got.whole_word, got.irreversible], ["noise", ["home", "public"], true, false]);
    ok(Date.parse(got.expires_at) > Date.now());
  });
  await day.call("updateFilter", [made.id, "din", ["home", "thread"]], (got) => {
    same([got.phrase, got.context], ["din", ["home", "thread"]]);
  });
  await day.call("getFilter", [made.id], (got) => equal(got.phrase, "din"));
  await day.call("getFilters", [], (got) => same(ids(got), [made.id]));
  await day.call("deleteFilter", [made.id]);
  await day.refused("getFilter", [made.id], 404, "Record not found");
}

async function tags(day) {
  await day.call("followTag", ["pages"], (got) => same([got.name, got.following], ["pages", true]));
  await day.call("getFollowedTags", [], (got) => same(names(got), ["pages"]));
  await day.call("unfollowTag", ["pages"], (got) => equal(got.following, false));
  await day.call("getTag", ["pages"], (got) => same([got.name, got.history[0].accounts], ["pages", "2"]));
  await day.call("getSuggestedTags", [], (got) => ok(names(got).includes("pages")));
  const made = await day.call("createFeaturedTag", ["paint"], (got) => {
    same([got.name, Number(got.statuses_count)], ["paint", 1]);
  });
  await day.call("getFeaturedTags", [], (got) => same(ids(got), [made.id]));
  await day.call("deleteFeaturedTag", [made.id]);
  await day.call("getFeaturedTags", [], (got) => same(got, []));
  await day.call("search", ["Fresher", { type: "statuses" }], (got) => same(ids(got.statuses), [day.note.id]));
  await day.call("search", ["pages", { type: "hashtags" }], (got) => ok(names(got.hashtags).includes("pages")));
}

async function markers(day) {
  await day.call("saveMarkers", [{ home: { last_read_id: day.note.id } }], (got) => {
    equal(got.home.last_read_id, day.note.id);
  });
  await day.call("getMarkers", [["home", "notifications"]], (got) => equal(got.home.last_read_id, day.note.id));
}

async function conversations(day) {
  // strangers' private mentions wait as requests: whom one follows is none
  const zoe = await day.call("lookupAccount", ["zoe"]);
  await day.call("followAccount", [zoe.id], (got) => equal(got.following, true));
  const secret = await day.zoe("postStatus", ["@alice between us", { visibility: "direct" }]);
  const [talk] = await day.until("getConversationTimeline", [], (got) => got.length === 1);
  same([talk.last_status.id, talk.unread, talk.accounts.map(({ acct }) => acct)], [secret.id, true, ["zoe"]]);
  await day.call("readConversation", [talk.id], (got) => equal(got.unread, false));
  await day.call("deleteConversation", [talk.id]);
  await day.call("getConversationTimeline", [], (got) => same(got, []));
  await day.call("unfollowAccount", [zoe.id], (got) => equal(got.following, false));
}

async function finding(day) {
  await day.zoe("updateCredentials", [{ discoverable: true }]);
  await day.call("getInstanceDirectory", [{ order: "new", local: true }], (got) => {
    same(got.map(({ acct }) => acct).sort(), ["alice", "zoe"]);
  });
  await day.call("getSuggestions", [10], (got) => ok(got.every(({ id, acct }) => id && acct !== "alice")));
}
