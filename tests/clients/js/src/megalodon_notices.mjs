// megalodon: notifications and the stream.

import { deepStrictEqual as same, strictEqual as equal } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";

import { eventually } from "./day.mjs";

const EVENTS = ["update", "notification", "status_update", "delete", "conversation"];

/** Notifications and streams. */
export async function notices(day) {
  await single(day);
  await streamed(day);
}

async function single(day) {
  await day.call("dismissNotifications", []);
  const mention = await day.zoe("postStatus", ["@alice hello", { in_reply_to_id: day.note.id }]);
  const [told] = await day.until("getNotifications", [], (got) => got.length === 1);
  same([told.type, told.status.id, told.account.id], ["mention", mention.id, day.near.id]);
  await day.call("getNotifications", [{ exclude_types: ["mention"] }], (got) => same(got, []));
  await day.call("getNotification", [told.id], (got) => equal(got.id, told.id));
  await day.call("dismissNotification", [told.id]);
  await day.call("getNotifications", [], (got) => same(got, []));
}

/** What comes of a stream, kept as it comes. What the library cannot read is an error. */
function listen(stream) {
  const heard = [];
  for (const event of EVENTS) stream.on(event, (payload) => heard.push({ event, payload }));
  for (const event of ["error", "parser-error"]) stream.on(event, (error) => heard.push({ event: "error", error }));
  const find = (event, wanted) => {
    const broken = heard.find((each) => each.event === "error");
    if (broken) throw broken.error;
    return heard.find((each) => each.event === event && wanted(each.payload))?.payload;
  };
  return { find, wait: (event, wanted) => eventually(async () => find(event, wanted), Boolean) };
}

async function streamed(day) {
  const user = await day.call("userStreaming");
  await day.does("userStreaming", () => userStream(day, listen(user)));
  user.stop();
  const tagged = await day.call("tagStreaming", ["streamed"]);
  await day.does("tagStreaming", () => tagStream(day, listen(tagged)));
  tagged.stop();
}

async function userStream(day, own) {
  // until the connection stands, what happens is not told
  const { id, account } = await eventually(async () => {
    const post = await day.invoke("postStatus", ["to the stream"]);
    await sleep(100);
    return own.find("update", (each) => each.id === post.id);
  }, Boolean);
  equal(account.acct, "alice");
  await day.zoe("postStatus", ["@alice did you hear?"]);
  const told = await own.wait("notification", ({ type }) => type === "mention");
  equal(told.account.acct, "zoe");
  await day.invoke("editStatus", [id, { status: "to the stream again" }]);
  await own.wait("status_update", ({ content }) => content.includes("again"));
  await day.invoke("deleteStatus", [id]);
  await own.wait("delete", (payload) => payload === id);
}

async function tagStream(day, tag) {
  await eventually(async () => {
    const post = await day.zoe("postStatus", ["also #streamed"]);
    await sleep(100);
    return tag.find("update", (each) => each.id === post.id);
  }, Boolean);
}
