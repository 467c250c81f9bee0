// masto.js: posts, what is done with them, and where they are read.

import { deepStrictEqual as same, notStrictEqual as differs, ok, strictEqual as equal } from "node:assert";

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
  await popular(day);
}

async function media(day) {
  const file = new Blob([Buffer.from(given.picture, "base64")], { type: "image/png" });
  const wanted = { file, description: "a teal rectangle", focus: "0.5,-0.5" };
  const medium = await day.call("v2.media.create", [wanted], (got) => {
    same([got.type, got.description], ["image", "a teal rectangle"]);
    ok(got.url.startsWith(`${given.url}/media/`));
    same([got.meta.original.width, got.meta.original.height, got.meta.focus.x], [320, 200, 0.5]);
    ok(got.blurhash.length >= 6);
  });
  await day.call("v1.media.$.update", [medium.id, { description: "a green one", focus: "0,0" }], (got) => {
    same([got.description, got.meta.focus.y], ["a green one", 0]);
  });
  await day.call("v1.media.$.fetch", [medium.id], (got) => equal(got.description, "a green one"));
  return medium;
}

async function writing(day, medium) {
  const wanted = {
    status: "Fresh #paint",
    mediaIds: [medium.id],
    sensitive: true,
    spoilerText: "colours",
    language: "en",
    visibility: "public",
  };
  const once = { requestInit: { headers: { "Idempotency-Key": "once" } } };
  const note = await day.call("v1.statuses.create", [wanted, once], (got) => {
    same([got.spoilerText, got.sensitive, got.language, got.visibility], ["colours", true, "en", "public"]);
    same([got.mediaAttachments[0].id, got.tags[0].name], [medium.id, "paint"]);
    same([got.inReplyToId, got.reblog, got.poll, got.card, got.editedAt], [null, null, null, null, null]);
  });
  await day.call("v1.statuses.create", [wanted, once], (got) => equal(got.id, note.id));
  const change = {
    status: "Fresher #paint",
    mediaIds: [medium.id],
    mediaAttributes: [{ id: medium.id, description: "a blue one" }],
  };
  await day.call("v1.statuses.$.update", [note.id, change], (got) => {
    same([got.id, got.mediaAttachments[0].description], [note.id, "a blue one"]);
    ok(got.editedAt && got.content.includes("Fresher"));
  });
  await day.call("v1.statuses.$.history.list", [note.id], (got) => {
    same(got.map(({ mediaAttachments }) => mediaAttachments[0].description), ["a green one", "a blue one"]);
  });
  await day.call("v1.statuses.$.source.fetch", [note.id], (got) => same([got.id, got.text], [note.id, "Fresher #paint"]));
  day.note = note;
}

async function threads(day) {
  const { note } = day;
  const reply = await day.call("v1.statuses.create", [{ status: "and so on", inReplyToId: note.id }], (got) => {
    same([got.inReplyToId, got.inReplyToAccountId], [note.id, day.me.id]);
  });
  await day.call("v1.statuses.$.context.fetch", [note.id], (got) => same(ids(got.descendants), [reply.id]));
  await day.call("v1.statuses.$.context.fetch", [reply.id], (got) => same(ids(got.ancestors), [note.id]));
  await day.call("v1.statuses.$.fetch", [note.id], (got) => equal(got.repliesCount, 1));
  await day.call("v1.statuses.fetch", [{ id: [note.id, reply.id] }], (got) => {
    same(ids(got).sort(), [note.id, reply.id].sort());
  });
  await day.call("v1.statuses.$.remove", [reply.id], (got) => equal(got.text, "and so on"));
  await day.refused("v1.statuses.$.fetch", [reply.id], 404, "Record not found");
}

async function reactions(day) {
  const { note, me } = day;
  for (const [verb, undo, field] of [
    ["favourite", "unfavourite", "favourited"],
    ["bookmark", "unbookmark", "bookmarked"],
    ["pin", "unpin", "pinned"],
    ["mute", "unmute", "muted"],
  ]) {
    await day.call(`v1.statuses.$.${verb}`, [note.id], (got) => equal(got[field], true));
    if (verb === "favourite") {
      await day.call("v1.favourites.list", [], (got) => same(ids(got), [note.id]));
      await day.call("v1.statuses.$.favouritedBy.list", [note.id], (got) => same(ids(got), [me.id]));
    } else if (verb === "bookmark") {
      await day.call("v1.bookmarks.list", [], (got) => same(ids(got), [note.id]));
    } else if (verb === "pin") {
      await day.call("v1.accounts.$.statuses.list", [me.id, { pinned: true }], (got) => same(ids(got), [note.id]));
    }
    await day.call(`v1.statuses.$.${undo}`, [note.id], (got) => equal(got[field], false));
  }
  await day.call("v1.statuses.$.reblog", [note.id, { visibility: "public" }], (got) => {
    same([got.reblog.id, got.reblog.reblogged, got.reblog.reblogsCount], [note.id, true, 1]);
    differs(got.id, note.id);
  });
  await day.call("v1.statuses.$.rebloggedBy.list", [note.id], (got) => same(ids(got), [me.id]));
  await day.call("v1.statuses.$.unreblog", [note.id], (got) => equal(got.reblogged, false));
}

async function polls(day) {
  const poll = { options: ["tea", "coffee", "water"], expiresIn: 3600, multiple: true };
  await day.call("v1.statuses.create", [{ status: "which?", poll }], (got) => {
    same(got.poll.options.map(({ title, votesCount }) => [title, votesCount]), [["tea", 0], ["coffee", 0], ["water", 0]]);
    same([got.poll.multiple, got.poll.voted, got.poll.expired], [true, true, false]);
  });
  const asked = await day.zoe("v1.statuses.create", [{ status: "and you?", poll }]);
  await day.call("v1.polls.$.votes.create", [asked.poll.id, { choices: [0, 2] }], (got) => {
    same([got.voted, got.ownVotes, got.votesCount, got.votersCount], [true, [0, 2], 2, 1]);
  });
  await day.call("v1.polls.$.fetch", [asked.poll.id], (got) => {
    same(got.options.map(({ votesCount }) => votesCount), [1, 0, 1]);
  });
  await day.refused(
    "v1.polls.$.votes.create",
    [asked.poll.id, { choices: [2] }],
    422,
    "Validation failed: You have already voted on this poll",
  );
}

async function quotes(day) {
  const quoted = await day.zoe("v1.statuses.create", [{ status: "quote me", quoteApprovalPolicy: "public" }]);
  await day.call("v1.statuses.$.fetch", [quoted.id], (got) => {
    same([got.quoteApproval.automatic, got.quoteApproval.currentUser], [["public"], "automatic"]);
  });
  const quote = { status: "as she says", quotedStatusId: quoted.id };
  const made = await day.call("v1.statuses.create", [quote], (got) => {
    same([got.quote.state, got.quote.quotedStatus.id], ["accepted", quoted.id]);
  });
  await day.zoe("v1.statuses.$.fetch", [made.id]);
  const own = await day.call("v1.statuses.create", [{ status: "mine", quotedStatusId: day.note.id }]);
  await day.call("v1.statuses.$.quotes.list", [day.note.id], (got) => same(ids(got), [own.id]));
  const { quoteApproval } = await day.zoe("v1.statuses.create", [{ status: "no", quoteApprovalPolicy: "nobody" }]);
  same(quoteApproval.automatic, []);
}

async function scheduled(day) {
  const made = await day.call("v1.statuses.create", [{ status: "later", scheduledAt: soon(1) }], (got) => {
    equal(got.params.text, "later");
  });
  await day.call("v1.scheduledStatuses.list", [], (got) => same(ids(got), [made.id]));
  const at = soon(2);
  await day.call("v1.scheduledStatuses.$.update", [made.id, { scheduledAt: at }], (got) => equal(got.scheduledAt, at));
  await day.call("v1.scheduledStatuses.$.fetch", [made.id], (got) => same([got.id, got.scheduledAt], [made.id, at]));
  await day.call("v1.scheduledStatuses.$.remove", [made.id]);
  await day.call("v1.scheduledStatuses.list", [], (got) => same(got, []));
}

/** Two pages forward, by the `Link` header, as the library walks. */
async function pages(list) {
  const found = [];
  for await (const page of list) if (found.push(ids(page)) === 2) break;
  return found;
}

async function timelines(day) {
  const made = [];
  for (let number = 0; number < 5; number++) {
    made.unshift((await day.call("v1.statuses.create", [{ status: `page ${number} #pages` }])).id);
  }
  const expected = [made.slice(0, 2), made.slice(2, 4)];
  const first = (got) => same(ids(got), expected[0]);
  await day.call("v1.timelines.home.list", [{ limit: 2 }], first);
  same(await pages(day.invoke("v1.timelines.home.list", [{ limit: 2 }])), expected);
  same(await pages(day.invoke("v1.accounts.$.statuses.list", [day.me.id, { limit: 2 }])), expected);
  const back = day.invoke("v1.timelines.home.list", [{ limit: 2, minId: made[4] }]).setDirection("prev");
  same(await pages(back), [made.slice(2, 4), made.slice(0, 2)]);
  await day.call("v1.timelines.public.list", [{ local: true, limit: 2 }], first);
  await day.call("v1.timelines.public.list", [{ limit: 2, minId: made[4] }], (got) => same(ids(got), made.slice(2, 4)));
  await day.call("v1.timelines.tag.$.list", ["pages", { limit: 2 }], first);
  same(await pages(day.invoke("v1.timelines.tag.$.list", ["pages", { limit: 2 }])), expected);
}

async function popular(day) {
  const status = `read ${given.page} #popular`;
  const made = await day.call("v1.statuses.create", [{ status }]);
  const other = await day.zoe("v1.statuses.create", [{ status }]);
  await day.until("v1.statuses.$.fetch", [made.id], ({ card }) => card?.url === given.page && card.title);
  for (const as of [(...what) => day.invoke(...what), day.zoe]) {
    await as("v1.statuses.$.favourite", [made.id]);
    await as("v1.statuses.$.reblog", [made.id]);
  }
  await ask("trends");
  await day.call("v1.trends.tags.list", [], (got) => {
    const tag = got.find(({ name }) => name === "popular");
    same([tag.history[0].uses, tag.history[0].accounts], ["2", "2"]);
  });
  await day.call("v1.trends.links.list", [], ([link]) => {
    same([link.url, link.history[0].accounts], [given.page, "2"]);
  });
  await day.call("v1.trends.statuses.list", [], (got) => same(ids(got), [made.id]));
  await day.call("v1.timelines.link.list", [{ url: given.page }], (got) => same(ids(got), [other.id, made.id]));
}
