// The peer as ActivityPub sees it: actor, inboxes, collections, notes, NodeInfo. Nothing here knows the control API.

import { createExponentialBackoffPolicy, createFederation, InProcessMessageQueue, MemoryKvStore } from "@fedify/fedify";
import { Accept, Activity, Endpoints, Follow, Note, Person, PUBLIC_COLLECTION, Reject, Undo } from "@fedify/vocab";
import { SCHEMES } from "./state.mjs";

export function loadersOf(ctx) {
  return { documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader };
}

export function accept(ctx, state, follow, type = Accept) {
  const answer = new type({ id: state.newUri("activities"), actor: ctx.getActorUri(state.name), object: follow, to: follow.actorId });
  state.activities.set(answer.id.href, answer);
  return answer;
}

async function onFollow(ctx, state, follow) {
  const sheet = state.inboxRequest.getStore();
  if (follow.objectId?.href !== ctx.getActorUri(state.name).href) {
    sheet?.notes.push("the Follow is for someone else");
    return;
  }
  const actor = await follow.getActor(ctx);
  if (actor === null) {
    sheet?.notes.push("the follower could not be fetched");
    return;
  }
  state.waiting.set(actor.id.href, { follow, actor });
  if (state.settings.autoAccept) {
    await ctx.sendActivity({ identifier: state.name }, actor, admit(ctx, state, actor.id.href));
  }
}

// Makes a waiting follower a follower and returns the Accept to send.
export function admit(ctx, state, uri) {
  const { follow, actor } = state.waiting.get(uri);
  state.waiting.delete(uri);
  state.followers.set(uri, { id: actor.id, inboxId: actor.inboxId, endpoints: actor.endpoints, follow: follow.id?.href });
  return accept(ctx, state, follow);
}

function onAnswer(state, answer, outcome) {
  const sheet = state.inboxRequest.getStore();
  for (const [uri, entry] of state.following) {
    if (entry.follow !== answer.objectId?.href) continue;
    if (uri === answer.actorId?.href) entry.state = outcome;
    else sheet?.notes.push("someone else answered the Follow");
    return;
  }
  sheet?.notes.push("an answer to an unknown Follow");
}

async function onUndo(ctx, state, undo) {
  const object = await undo.getObject(ctx);
  const actor = undo.actorId?.href;
  const known = state.followers.get(actor) ?? state.waiting.get(actor);
  if (known === undefined) return;
  const byId = known.follow === undo.objectId?.href || known.follow?.id?.href === undo.objectId?.href;
  if (byId || (object instanceof Follow && object.actorId?.href === actor)) {
    state.followers.delete(actor);
    state.waiting.delete(actor);
  }
}

function setInbox(federation, state) {
  const handled = (listener) => async (ctx, activity) => {
    await listener(ctx, activity);
    const sheet = state.inboxRequest.getStore();
    if (sheet !== undefined) sheet.handled = true;
  };
  federation
    .setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .setSharedKeyDispatcher(() => ({ identifier: state.name }))
    .on(Follow, handled((ctx, follow) => onFollow(ctx, state, follow)))
    .on(Accept, handled((_, answer) => onAnswer(state, answer, "accepted")))
    .on(Reject, handled((_, answer) => onAnswer(state, answer, "rejected")))
    .on(Undo, handled((ctx, undo) => onUndo(ctx, state, undo)))
    .on(Activity, handled(() => undefined))
    .onError((_, error) => state.inboxRequest.getStore()?.notes.push(String(error?.stack ?? error)))
    .onUnverifiedActivity((_ctx, _activity, reason) => {
      const sheet = state.inboxRequest.getStore();
      if (sheet !== undefined) sheet.refused = reason.type;
    });
}

function setActor(federation, state) {
  federation
    .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
      if (identifier !== state.name) return null;
      const pairs = await ctx.getActorKeyPairs(identifier);
      return new Person({
        id: ctx.getActorUri(identifier),
        preferredUsername: identifier,
        name: state.profile.name,
        summary: state.profile.summary,
        url: new URL(`/@${identifier}`, state.origin),
        inbox: ctx.getInboxUri(identifier),
        outbox: ctx.getOutboxUri(identifier),
        followers: ctx.getFollowersUri(identifier),
        following: ctx.getFollowingUri(identifier),
        endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
        publicKey: pairs[0].cryptographicKey,
        assertionMethods: pairs.map((pair) => pair.multikey),
        aliases: state.profile.aliases.map((uri) => new URL(uri)),
        successor: state.profile.movedTo === null ? null : new URL(state.profile.movedTo),
        manuallyApprovesFollowers: !state.settings.autoAccept,
        discoverable: true,
      });
    })
    .setKeyPairsDispatcher((_, identifier) => (identifier === state.name ? state.keys : []))
    .mapHandle((_, username) => (username === state.name ? username : null))
    .authorize(async (ctx) => !state.settings.authorizedFetch || (await ctx.getSignedKeyOwner()) !== null);
}

function setCollections(federation, state) {
  federation
    .setFollowersDispatcher("/users/{identifier}/followers", (_ctx, identifier, _cursor, filter) => {
      if (identifier !== state.name) return null;
      const items = [...state.followers.values()];
      return { items: filter === undefined ? items : items.filter((one) => one.id.origin === filter.origin) };
    })
    .setCounter(() => state.followers.size);
  federation
    .setFollowingDispatcher("/users/{identifier}/following", (_ctx, identifier) => {
      if (identifier !== state.name) return null;
      const items = [...state.following].filter(([, entry]) => entry.state === "accepted");
      return { items: items.map(([uri]) => new URL(uri)) };
    })
    .setCounter(() => [...state.following.values()].filter((entry) => entry.state === "accepted").length);
  const published = () =>
    [...state.activities.values()].filter((one) => ["Create", "Announce"].includes(one.constructor.name) && isPublic(one)).reverse();
  federation
    .setOutboxDispatcher("/users/{identifier}/outbox", (_ctx, identifier, cursor) => {
      if (identifier !== state.name) return null;
      return cursor === null ? null : { items: published(), nextCursor: null };
    })
    .setFirstCursor(() => "0")
    .setCounter(() => published().length);
}

export function isPublic(object) {
  return [...object.toIds, ...object.ccIds].some((uri) => uri.href === PUBLIC_COLLECTION.href);
}

async function mayRead(ctx, state, note) {
  if (isPublic(note)) return true;
  const reader = (await ctx.getSignedKeyOwner())?.id?.href;
  if (reader === undefined) return false;
  const audience = [...note.toIds, ...note.ccIds].map((uri) => uri.href);
  return audience.includes(reader) || (audience.includes(ctx.getFollowersUri(state.name).href) && state.followers.has(reader));
}

function setObjects(federation, state) {
  const find = (ctx, { identifier, id }) => state.notes.get(ctx.getObjectUri(Note, { identifier, id }).href) ?? null;
  federation
    .setObjectDispatcher(Note, "/users/{identifier}/notes/{id}", find)
    .authorize(async (ctx, values) => {
      const note = find(ctx, values);
      return note === null || (await mayRead(ctx, state, note));
    });
  federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
    software: { name: "fedserver-test-peer", version: "1.0.0" },
    protocols: ["activitypub"],
    usage: { users: { total: 1, activeHalfyear: 1, activeMonth: 1 }, localPosts: state.notes.size, localComments: 0 },
  }));
}

export function makeFederation(state) {
  const federation = createFederation({
    kv: new MemoryKvStore(),
    // Only answers to follows are queued: what a test asks for is sent at once, so that it hears how it went.
    queue: { outbox: new InProcessMessageQueue({ pollInterval: { milliseconds: 50 } }) },
    origin: state.origin,
    allowPrivateAddress: true,
    firstKnock: SCHEMES[state.settings.scheme],
    inboxChallengePolicy: state.settings.challenge ? { enabled: true } : undefined,
    outboxRetryPolicy: createExponentialBackoffPolicy({ initialDelay: { milliseconds: 300 }, maxAttempts: 6 }),
    circuitBreaker: false,
  });
  setActor(federation, state);
  setInbox(federation, state);
  setCollections(federation, state);
  setObjects(federation, state);
  return federation;
}
