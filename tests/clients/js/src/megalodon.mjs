// megalodon as it is: a day of alice.

import { deepStrictEqual as same, ok, strictEqual as equal } from "node:assert";
import generator, { detector } from "megalodon";

import { ask, Day, given } from "./day.mjs";
import { notices } from "./megalodon_notices.mjs";
import { people } from "./megalodon_people.mjs";
import { personal } from "./megalodon_personal.mjs";
import { posts } from "./megalodon_posts.mjs";

const SCOPES = ["read", "write", "follow", "push"];
const REDIRECT = "urn:ietf:wg:oauth:2.0:oob";
const SUBSCRIPTION = {
  endpoint: "https://push.example/abc",
  keys: {
    p256dh: "BEm_a0bdPDhf0SOsrnB2-ategf1hHoCnpXgQsFj5JCkcoMrMt2WHoPfEYOYPzOIs9mZE8ZUaD7VA5vouy0kEkr8",
    auth: "8eDyX_uCN0XRhSbY5hs7Hg",
  },
};

/** Calls by the names of the library's methods: what the server said, without the library's envelope. */
export function caller(url, token) {
  const client = generator("mastodon", url, token);
  return async (name, args = []) => {
    const got = await client[name](...args);
    return got?.data !== undefined && got.status !== undefined ? got.data : got;
  };
}

/** The library passes on the error of its HTTP client (axios), with the answer in it. */
function answered(error) {
  return error?.isAxiosError ? [error.response?.status, error.response?.data?.error] : undefined;
}

async function signIn(day) {
  await day.does("detector", () => detector(given.url), (got) => equal(got, "mastodon"));
  const wanted = { scopes: SCOPES, redirect_uris: REDIRECT, website: "https://app.example" };
  const app = await day.call("registerApp", ["megalodon tests", wanted], (got) => {
    same([got.name, got.website, got.redirect_uri], ["megalodon tests", "https://app.example", REDIRECT]);
    ok(got.client_id && got.client_secret && got.url.startsWith(`${given.url}/oauth/authorize?`));
  });
  const { code } = await ask("code", { url: app.url });
  const token = await day.call("fetchAccessToken", [app.client_id, app.client_secret, code, REDIRECT], (got) => {
    same([got.token_type, got.scope], ["Bearer", SCOPES.join(" ")]);
    ok(Math.abs(got.created_at - Date.now() / 1000) < 60);
  });
  await day.refused("fetchAccessToken", [app.client_id, app.client_secret, "wrong", REDIRECT], 400, "invalid_grant");
  day.invoke = caller(given.url, token.access_token);
  await day.call("verifyAppCredentials", [], (got) => equal(got.name, "megalodon tests"));
  day.revoke = [app.client_id, app.client_secret, token.access_token];
}

async function node(day) {
  await day.call("getInstance", [], (got) => {
    same([got.uri, got.urls.streaming_api], ["alpha.test", given.url.replace("http", "ws")]);
    ok(got.version.startsWith("4.5.0 (compatible; fedserver "));
    same([got.configuration.statuses.max_characters, got.stats.user_count >= 2], [5000, true]);
  });
  await day.call("getInstancePeers", [], (got) => ok(Array.isArray(got)));
  await day.call("getInstanceActivity", [], (got) => same([got.length, typeof got[0].logins], [12, "string"]));
  await day.call("getInstanceCustomEmojis", [], ([got]) => {
    same([got.shortcode, got.visible_in_picker], ["blobcat", true]);
    ok(got.url.includes("/media/") && got.static_url);
  });
  await day.call("getPreferences", [], (got) => equal(got["posting:default:visibility"], "public"));
}

async function announcements(day) {
  const [told] = await day.call("getInstanceAnnouncements", [], ([got]) => {
    ok(got.content.includes("the kettle is on"));
    equal(got.read, false);
  });
  await day.call("addReactionToAnnouncement", [told.id, encodeURIComponent("🎉")]);
  await day.call("getInstanceAnnouncements", [], ([got]) => {
    same(got.reactions.map(({ name, count, me }) => [name, count, me]), [["🎉", 1, true]]);
  });
  await day.call("removeReactionFromAnnouncement", [told.id, encodeURIComponent("🎉")]);
  await day.call("dismissInstanceAnnouncement", [told.id]);
  await day.call("getInstanceAnnouncements", [], ([got]) => same([got.reactions, got.read], [[], true]));
}

async function profile(day) {
  const wanted = {
    display_name: "Alice A.",
    note: "I paint with numbers",
    fields_attributes: [{ name: "Model", value: "cppn" }, { name: "Pronouns", value: "she" }],
    source: { privacy: "public", sensitive: false, language: "en" },
    discoverable: true,
    bot: false,
  };
  const me = await day.call("updateCredentials", [wanted], (got) => {
    same([got.display_name, got.source.note, got.source.language], ["Alice A.", "I paint with numbers", "en"]);
    same(got.fields.map(({ name, value }) => [name, value]), [["Model", "cppn"], ["Pronouns", "she"]]);
  });
  day.me = await day.call("verifyAccountCredentials", [], (got) => same([got.id, got.acct], [me.id, "alice"]));
  await day.call("getAccount", [me.id], (got) => same([got.display_name, got.bot, got.locked], ["Alice A.", false, false]));
  await day.call("lookupAccount", ["alice"], (got) => equal(got.id, me.id));
}

async function push(day) {
  const data = { alerts: { mention: true, poll: false } };
  const made = await day.call("subscribePushNotification", [SUBSCRIPTION, data], (got) => {
    same([got.endpoint, got.alerts.mention, got.alerts.poll], [SUBSCRIPTION.endpoint, true, false]);
    ok(got.server_key.length > 60);
  });
  await day.call("getPushSubscription", [], (got) => equal(got.id, made.id));
  await day.call("updatePushSubscription", [{ alerts: { poll: true } }], (got) => equal(got.alerts.poll, true));
  await day.call("deletePushSubscription");
  await day.refused("getPushSubscription", [], 404, "Record not found");
}

async function refusals(day) {
  await day.refused("getStatus", ["1"], 404, "Record not found");
  await day.refused("postStatus", [""], 422, "Validation failed: Text can't be blank");
  await day.refused("followAccount", [day.me.id], 403, "Following your own account is not allowed");
  const nobody = new Day(caller(given.url, null), answered);
  await nobody.refused("verifyAccountCredentials", [], 401, "The access token is invalid");
  await day.call("revokeToken", day.revoke, (got) => same(got, {}));
  await day.refused("verifyAccountCredentials", [], 401, "The access token was revoked");
}

const day = new Day(caller(given.url, null), answered);
day.zoe = caller(given.url, given.zoe.token);
day.ben = caller(given.ben.url, given.ben.token);
await day.run(signIn, node, announcements, profile, posts, personal, people, notices, push, refusals);
process.exit(0);
