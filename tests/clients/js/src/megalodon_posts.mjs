// megalodon: posts, what is done with them, and where they are read.

import { deepStrictEqual as same, ok, strictEqual as equal } from "node:assert";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ask, given } from "./day.mjs";

const HOUR_MS = 3600_000;
const ids = (rows) => rows.map(({ id }) => id);
const soon = (hours) => new Date(Date.now() + hours * HOUR_MS).toISOString();

/** Everything about posts. Leaves `day.note`, a post of alice. */
export async function posts(day) {
  const medium = await media(day);
  await writing(day, medium);
  await threads(day);
  await reactions(day);
  await polls(day);
  await quotes(day);
  await scheduled(day);
  await timelines(day);
}

/** The library takes a stream of a file. */
async function media(day) {
  const folder = mkdtempSync(join(tmpdir(), "megalodon-"));
  const path = join(folder, "robot.png");
  writeFileSync(path, Buffer.from(given.picture, "base64"));
  const options = { description: "a teal rectangle", focus: "0.5,-0.5" };
  const sent = await day.call("uploadMedia", [createReadStream(path), options], (got) => equal(got.type, "image"));
  rmSync(folder, { recursive: true });
  const medium = await day.until("getMedia", [sent.id], ({ url }) => url);
  ok(medium.url.startsWith(`${given.url}/media/`) && medium.blurhash.length >= 6);
  same([medium.meta.original.width, medium.meta.focus.x], [320, 0.5]);
  await day.call("updateMedia", [medium.id, { description: "a green one", focus: "0,0" }], (got) => {
    same([got.description, got.meta.focus.y], ["a green one", 0]);
  });
  return medium;
}

async function writing(day, medium) {
  const options = {
    media_ids: [medium.id],
    sensitive: true,
    spoiler_text: "colours",
    language: "en",
    visibility: "public",
  };
  const note = await day.call("postStatus", ["Fresh #paint", options], (got) => {
    same([got.spoiler_text, got.sensitive, got.language, got.visibility], ["colours", true, "en", "public"]);
    same([got.media_attachments[0].id, got.tags[0].name], [medium.id, "paint"]);
    same([got.in_reply_to_id, got.reblog, got.poll, got.card, got.edited_at], [null, null, null, null, null]);
  });
  const change = { status: "Fresher #paint", media_ids: [medium.id] };
  await day.call("editStatus", [note.id, change], (got) => {
    same([got.id, got.media_attachments[0].description], [note.id, "a green one"]);
    ok(got.edited_at && got.content.includes("Fresher"));
  });
  await day.call("getStatusSource", [note.id], (got) => same([got.id, got.text], [note.id, "Fresher #paint"]));
  day.note = note;
}

async function threads(day) {
  const { note } = day;
  const reply = await day.call("postStatus", ["and so on", { in_reply_to_id: note.id }], (got) => {
    same([got.in_reply_to_id, got.in_reply_to_account_id], [note.id, day.me.id]);
  });
  await day.call("getStatusContext", [note.id], (got) => same(ids(got.descendants), [reply.id]));
  await day.call("getStatusContext", [reply.id], (got) => same(ids(got.ancestors), [note.id]));
  await day.call("getStatus", [note.id], (got) => equal(got.replies_count, 1));
  await day.call("deleteStatus", [reply.id], (got) => equal(got.id, reply.id));
  await day.refused("getStatus", [reply.id], 404, "Record not found");
}

async function reactions(day) {
  const { note, me } = day;
  const only = (got) => same(ids(got), [note.id]);
  await day.call("favouriteStatus", [note.id], (got) => same([got.favourited, got.favourites_count], [true, 1]));
  await day.call("getFavourites", [], only);
  await day.call("getStatusFavouritedBy", [note.id], (got) => same(ids(got), [me.id]));
  await day.call("unfavouriteStatus", [note.id], (got) => equal(got.favourited, false));
  await day.call("bookmarkStatus", [note.id], (got) => equal(got.bookmarked, true));
  await day.call("getBookmarks", [], only);
  await day.call("unbookmarkStatus", [note.id], (got) => equal(got.bookmarked, false));
  await day.call("pinStatus", [note.id], (got) => equal(got.pinned, true));
  await day.call("getAccountStatuses", [me.id, { pinned: true }], only);
  await day.call("unpinStatus", [note.id], (got) => equal(got.pinned, false));
  await day.call("muteStatus", [note.id], (got) => equal(got.muted, true));
  await day.call("unmuteStatus", [note.id], (got) => equal(got.muted, false));
  await day.call("reblogStatus", [note.id], (got) => same([got.reblog.id, got.reblog.reblogged], [note.id, true]));
  await day.call("getStatusRebloggedBy", [note.id], (got) => same(ids(got), [me.id]));
  await day.call("unreblogStatus", [note.id], (got) => equal(got.reblogged, false));
}

async function polls(day) {
  const poll = { options: ["tea", "coffee"], expires_in: 3600, multiple: false };
  await day.call("postStatus", ["which?", { poll }], (got) => {
    same(got.poll.options.map(({ title, votes_count: votes }) => [title, votes]), [["tea", 0], ["coffee", 0]]);
    same([got.poll.multiple, got.poll.voted, got.poll.expired], [false, true, false]);
  });
  const asked = await day.zoe("postStatus", ["and you?", { poll }]);
  await day.call("votePoll", [asked.poll.id, [1]], (got) => {
    same([got.voted, got.own_votes, got.votes_count], [true, [1], 1]);
  });
  await day.call("getPoll", [asked.poll.id], (got) => {
    same(got.options.map(({ votes_count: votes }) => votes), [0, 1]);
  });
  const again = "Validation failed: You have already voted on this poll";
  await day.refused("votePoll", [asked.poll.id, [0]], 422, again);
}

async function quotes(day) {
  const quote = await day.call("postStatus", ["as I said", { quote_id: day.note.id }], (got) => {
    same([got.quote.state, got.quote.quoted_status.id], ["accepted", day.note.id]);
  });
  await day.call("getStatus", [quote.id], (got) => equal(got.quote.quoted_status.id, day.note.id));
}

async function scheduled(day) {
  const made = await day.call("postStatus", ["later", { scheduled_at: soon(1) }], (got) => equal(got.params.text, "later"));
  await day.call("getScheduledStatuses", [], (got) => same(ids(got), [made.id]));
  const at = soon(2);
  await day.call("scheduleStatus", [made.id, at], (got) => equal(got.scheduled_at, at));
  await day.call("getScheduledStatus", [made.id], (got) => same([got.id, got.scheduled_at], [made.id, at]));
  await day.call("cancelScheduledStatus", [made.id]);
  await day.call("getScheduledStatuses", [], (got) => same(got, []));
}

async function timelines(day) {
  const made = [];
  for (let number = 0; number < 4; number++) {
    made.unshift((await day.call("postStatus", [`page ${number} #pages`])).id);
  }
  const first = (got) => same(ids(got), made.slice(0, 2));
  await day.call("getHomeTimeline", [{ limit: 2 }], first);
  await day.call("getHomeTimeline", [{ limit: 2, max_id: made[1] }], (got) => same(ids(got), made.slice(2, 4)));
  await day.call("getLocalTimeline", [{ limit: 2 }], first);
  await day.call("getPublicTimeline", [{ limit: 2, since_id: made[2] }], first);
  await day.call("getPublicTimeline", [{ limit: 2, min_id: made[3] }], (got) => same(ids(got), made.slice(1, 3)));
  await day.call("getTagTimeline", ["pages", { limit: 2 }], first);
  await day.zoe("postStatus", ["these too #pages"]);
  await ask("trends");
  await day.call("getInstanceTrends", [], (got) => {
    const tag = got.find(({ name }) => name === "pages");
    same([tag.history[0].uses, tag.history[0].accounts], ["5", "2"]);
  });
}
