// masto.js as it is: a day of alice.

import { deepStrictEqual as same, ok, strictEqual as equal } from "node:assert";
import { createOAuthAPIClient, createRestAPIClient, MastoHttpError } from "masto";

import { ask, Day, given } from "./day.mjs";
import { people } from "./masto_people.mjs";
import { personal } from "./masto_personal.mjs";
import { notices } from "./masto_notices.mjs";
import { posts } from "./masto_posts.mjs";

const SCOPES = "read write follow push";
const REDIRECT = "https://app.example/back?from=here";
const SUBSCRIPTION = {
  endpoint: "https://push.example/abc",
  keys: {
    p256dh: "BEm_a0bdPDhf0SOsrnB2-ategf1hHoCnpXgQsFj5JCkcoMrMt2WHoPfEYOYPzOIs9mZE8ZUaD7VA5vouy0kEkr8",
    auth: "8eDyX_uCN0XRhSbY5hs7Hg",
  },
};

/** Calls by the dotted names of the library; `$` takes an argument for `$select`. `oauth.` is its other client. */
export function caller(url, accessToken) {
  const roots = { v1: createRestAPIClient({ url, accessToken }), v2: createRestAPIClient({ url, accessToken }) };
  const oauth = createOAuthAPIClient({ url });
  return (name, args = []) => {
    const rest = [...args];
    const [first, ...steps] = name.split(".");
    let found = first === "oauth" ? oauth : roots[first][first];
    for (const step of steps) found = step === "$" ? found.$select(rest.shift()) : found[step];
    return found(...rest);
  };
}

function answered(error) {
  return error instanceof MastoHttpError ? [error.statusCode, error.message, error.details] : undefined;
}

async function signIn(day) {
  const app = { clientName: "masto tests", redirectUris: [REDIRECT], scopes: SCOPES, website: "https://app.example" };
  const client = await day.call("v1.apps.create", [app], (got) => {
    same([got.name, got.website, got.redirectUris], ["masto tests", "https://app.example", [REDIRECT]]);
    ok(got.clientId && got.clientSecret);
  });
  const known = { clientId: client.clientId, clientSecret: client.clientSecret, redirectUri: REDIRECT };
  const own = { ...known, grantType: "client_credentials", scope: "read" };
  const visitor = await day.call("oauth.token.create", [own], (got) => equal(got.scope, "read"));
  const as = new Day(caller(given.url, visitor.accessToken), answered);
  await as.call("v1.apps.verifyCredentials", [], (got) => equal(got.name, "masto tests"));
  const asked = { client_id: client.clientId, redirect_uri: REDIRECT, response_type: "code", scope: SCOPES };
  const { code } = await ask("code", { url: `${given.url}/oauth/authorize?${new URLSearchParams(asked)}` });
  const answer = { ...known, grantType: "authorization_code", code };
  const token = await day.call("oauth.token.create", [answer], (got) => {
    same([got.tokenType, got.scope], ["Bearer", SCOPES]);
    ok(Math.abs(got.createdAt - Date.now() / 1000) < 60);
  });
  day.invoke = caller(given.url, token.accessToken);
  day.token = token.accessToken;
  day.known = known;
}

async function node(day) {
  const instance = await day.call("v2.instance.fetch", [], (got) => {
    equal(got.domain, "alpha.test");
    ok(got.version.startsWith("4.5.0 (compatible; fedserver "));
    equal(got.configuration.urls.streaming, given.url.replace("http", "ws"));
    same([got.configuration.statuses.maxCharacters, got.apiVersions.mastodon >= 7], [5000, true]);
  });
  day.streaming = instance.configuration.urls.streaming;
  await day.call("v1.instance.fetch", [], (got) => {
    equal(got.uri, "alpha.test");
    ok(got.stats.userCount >= 2);
  });
  await day.call("v1.instance.peers.list", [], (got) => ok(Array.isArray(got)));
  await day.call("v1.instance.activity.list", [], (got) => {
    equal(got.length, 12);
    equal(typeof got[0].logins, "string");
  });
  await day.call("v1.instance.languages.list", [], (got) => {
    ok(got.some(({ code, name }) => code === "eo" && name === "Esperanto"));
  });
  await day.call("v1.instance.extendedDescription.fetch", [], (got) => equal(typeof got.content, "string"));
  await day.call("v1.instance.domainBlocks.fetch", [], (got) => same(got, []));
  await day.call("v1.customEmojis.list", [], ([got]) => {
    same([got.shortcode, got.visibleInPicker], ["blobcat", true]);
    ok(got.url.includes("/media/"));
  });
  await day.call("v1.preferences.fetch", [], (got) => equal(Object.values(got)[0], "public"));
}

async function announcements(day) {
  const [told] = await day.call("v1.announcements.list", [], ([got]) => {
    ok(got.content.includes("the kettle is on"));
    equal(got.read, false);
  });
  await day.call("v1.announcements.$.reactions.$.update", [told.id, "🎉"]);
  await day.call("v1.announcements.list", [], ([got]) => {
    same(got.reactions.map(({ name, count, me }) => [name, count, me]), [["🎉", 1, true]]);
  });
  await day.call("v1.announcements.$.reactions.$.remove", [told.id, "🎉"]);
  await day.call("v1.announcements.$.dismiss", [told.id]);
  await day.call("v1.announcements.list", [], ([got]) => same([got.reactions, got.read], [[], true]));
}

async function profile(day) {
  const picture = new Blob([Buffer.from(given.picture, "base64")], { type: "image/png" });
  const wanted = {
    displayName: "Alice A.",
    note: "I paint with numbers",
    avatar: picture,
    fieldsAttributes: [{ name: "Model", value: "cppn" }, { name: "Pronouns", value: "she" }],
    source: { privacy: "public", sensitive: false, language: "en" },
    discoverable: true,
  };
  const me = await day.call("v1.accounts.updateCredentials", [wanted], (got) => {
    same([got.displayName, got.source.note, got.source.language], ["Alice A.", "I paint with numbers", "en"]);
    same(got.fields.map(({ name, value }) => [name, value]), [["Model", "cppn"], ["Pronouns", "she"]]);
    ok(got.avatar.includes("/media/"));
  });
  day.me = await day.call("v1.accounts.verifyCredentials", [], (got) => same([got.id, got.acct], [me.id, "alice"]));
  await day.call("v1.accounts.$.fetch", [me.id], (got) => equal(got.displayName, "Alice A."));
  await day.call("v1.accounts.lookup", [{ acct: "alice" }], (got) => equal(got.id, me.id));
  await day.call("v1.accounts.fetch", [{ id: [me.id] }], (got) => same(got.map(({ id }) => id), [me.id]));
  await day.call("v1.profile.update", [{ displayName: "Alice B.", avatarDescription: "a square" }], (got) => {
    same([got.displayName, got.avatarDescription], ["Alice B.", "a square"]);
  });
  await day.call("v1.profile.fetch", [], (got) => same([got.id, got.displayName], [me.id, "Alice B."]));
  await day.call("v1.profile.avatar.remove", [], (got) => ok(!got.avatar.includes("/media/")));
}

async function push(day) {
  const wanted = { subscription: SUBSCRIPTION, data: { alerts: { mention: true, poll: false } }, policy: "followed" };
  const made = await day.call("v1.push.subscription.create", [wanted], (got) => {
    same([got.endpoint, got.alerts.mention, got.alerts.poll], [SUBSCRIPTION.endpoint, true, false]);
    ok(got.serverKey.length > 60);
  });
  await day.call("v1.push.subscription.fetch", [], (got) => equal(got.id, made.id));
  await day.call("v1.push.subscription.update", [{ data: { alerts: { poll: true } } }], (got) => {
    equal(got.alerts.poll, true);
  });
  await day.call("v1.push.subscription.remove", []);
  await day.refused("v1.push.subscription.fetch", [], 404, "Record not found");
}

async function refusals(day) {
  await day.refused("v1.statuses.$.fetch", ["1"], 404, "Record not found");
  await day.refused("v1.statuses.create", [{ status: "" }], 422, "Validation failed: Text can't be blank");
  await day.refused("v1.accounts.$.follow", [day.me.id], 403, "Following your own account is not allowed");
  const nobody = new Day(caller(given.url), answered);
  await nobody.refused("v1.accounts.verifyCredentials", [], 401, "The access token is invalid");
  await day.call("oauth.revoke", [{ ...day.known, token: day.token }]);
  await day.refused("v1.accounts.verifyCredentials", [], 401, "The access token was revoked");
}

const day = new Day(caller(given.url), answered);
day.zoe = caller(given.url, given.zoe.token);
day.ben = caller(given.ben.url, given.ben.token);
await day.run(signIn, node, announcements, profile, posts, personal, people, notices, push, refusals);
process.exit(0);
