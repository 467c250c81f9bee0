// The verbs: what the peer does when a test asks. Each sends at once and returns the activity's id.

import { signRequest } from "@fedify/fedify";
import { Activity, Announce, Create, Delete, Document, Flag, Follow, isActor, Like, Mention, Move, Note, PUBLIC_COLLECTION } from "@fedify/vocab";
import { Reject, Tombstone, Undo, Update } from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";
import { accept, admit, isPublic } from "./federation.mjs";
import { SCHEMES } from "./state.mjs";

export class Refused extends Error {}

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

export class Actions {
  constructor(state, ctx) {
    this.state = state;
    this.ctx = ctx;
    this.me = ctx.getActorUri(state.name);
    this.followersUri = ctx.getFollowersUri(state.name);
  }

  // --- looking up ---

  async load(uri) {
    const documentLoader = await this.ctx.getDocumentLoader({ identifier: this.state.name });
    const found = await this.ctx.lookupObject(String(uri), { documentLoader });
    if (found === null) throw new Refused(`Fedify cannot read ${uri}`);
    return found;
  }

  // "@name@host" (WebFinger over http, which Fedify would ask over https only) or a URI.
  async actor(who) {
    const parts = /^@?([^@/]+)@([^@/]+)$/.exec(who);
    let uri = who;
    if (parts !== null) {
      const resource = `acct:${parts[1]}@${parts[2]}`;
      const response = await fetch(`http://${parts[2]}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`);
      if (!response.ok) throw new Refused(`WebFinger of ${who}: ${response.status}`);
      const links = (await response.json()).links ?? [];
      uri = links.find((link) => link.rel === "self" && /activity|ld\+json/.test(link.type ?? ""))?.href;
      if (uri === undefined) throw new Refused(`WebFinger of ${who} names no actor`);
    }
    const actor = await this.load(uri);
    if (!isActor(actor)) throw new Refused(`${who} is no actor`);
    return actor;
  }

  async authorOf(uri) {
    const object = await this.load(uri);
    return await this.actor(object.attributionId.href);
  }

  // --- sending ---

  async sender() {
    if (this.state.settings.proofs) return { identifier: this.state.name };
    const [rsa] = await this.ctx.getActorKeyPairs(this.state.name);
    return [{ keyId: rsa.keyId, privateKey: rsa.privateKey }];
  }

  // To the actors named and, with `followers`, to all followers; one request an inbox.
  async send(activity, actors, { followers = false, sharedInbox = false } = {}) {
    this.state.activities.set(activity.id.href, activity);
    const sender = await this.sender();
    const recipients = new Map(actors.map((one) => [one.id.href, one]));
    if (followers) for (const uri of this.state.followers.keys()) recipients.delete(uri);
    if (recipients.size > 0) {
      await this.ctx.sendActivity(sender, [...recipients.values()], activity, { immediate: true, preferSharedInbox: sharedInbox });
    }
    if (!followers || this.state.followers.size === 0) return { id: activity.id.href };
    const options = { immediate: true, preferSharedInbox: true };
    if (Array.isArray(sender)) await this.ctx.sendActivity(sender, [...this.state.followers.values()], activity, options);
    else await this.ctx.sendActivity(sender, "followers", activity, { ...options, syncCollection: true });
    return { id: activity.id.href };
  }

  newId() {
    return this.state.newUri("activities");
  }

  known(uri) {
    const activity = this.state.activities.get(uri);
    if (activity === undefined) throw new Refused(`this peer did not send ${uri}`);
    return activity;
  }

  note(uri) {
    const note = this.state.notes.get(uri);
    if (note === undefined) throw new Refused(`this peer has no note ${uri}`);
    return note;
  }

  // --- follows ---

  async follow({ target }) {
    const actor = await this.actor(target);
    const follow = new Follow({ id: this.newId(), actor: this.me, object: actor.id, to: actor.id });
    this.state.following.set(actor.id.href, { state: "pending", follow: follow.id.href });
    return { ...(await this.send(follow, [actor])), actor: actor.id.href };
  }

  async unfollow({ target }) {
    const actor = await this.actor(target);
    const entry = this.state.following.get(actor.id.href);
    if (entry === undefined) throw new Refused(`this peer does not follow ${target}`);
    this.state.following.delete(actor.id.href);
    return await this.undo({ id: entry.follow });
  }

  async accept({ actor }) {
    if (!this.state.waiting.has(actor)) throw new Refused(`${actor} did not ask to follow`);
    const { actor: follower } = this.state.waiting.get(actor);
    return await this.send(admit(this.ctx, this.state, actor), [follower]);
  }

  async reject({ actor }) {
    const entry = this.state.waiting.get(actor) ?? this.state.followers.get(actor);
    if (entry === undefined) throw new Refused(`${actor} neither follows nor asked to`);
    const follow = entry.actor === undefined ? new Follow({ id: new URL(entry.follow), actor: new URL(actor), object: this.me }) : entry.follow;
    this.state.waiting.delete(actor);
    this.state.followers.delete(actor);
    return await this.send(accept(this.ctx, this.state, follow, Reject), [entry.actor ?? entry]);
  }

  // --- notes ---

  async audience(to, mentioned) {
    const ids = mentioned.map((one) => one.id);
    if (to === "public") return { tos: [PUBLIC_COLLECTION], ccs: [this.followersUri, ...ids] };
    if (to === "unlisted") return { tos: [this.followersUri], ccs: [PUBLIC_COLLECTION, ...ids] };
    if (to === "followers") return { tos: [this.followersUri, ...ids], ccs: [] };
    if (to === "direct") return { tos: ids, ccs: [] };
    throw new Refused(`no audience is called ${to}`);
  }

  async post({ text = "", to = "public", image = null, inReplyTo = null, mentions = [], summary = null, sensitive = false }) {
    const mentioned = await Promise.all(mentions.map((who) => this.actor(who)));
    if (inReplyTo !== null) mentioned.push(await this.authorOf(inReplyTo));
    const people = [...new Map(mentioned.map((one) => [one.id.href, one])).values()];
    const id = this.state.newUri("notes");
    const links = people.map((one) => `<span class="h-card"><a href="${one.id.href}" class="u-url mention">@${one.preferredUsername}</a></span> `);
    const note = new Note({
      id,
      attribution: this.me,
      url: id,
      content: `<p>${links.join("")}${escape(text)}</p>`,
      summary,
      sensitive,
      published: Temporal.Now.instant(),
      replyTarget: inReplyTo === null ? null : new URL(inReplyTo),
      tags: people.map((one) => new Mention({ href: one.id, name: `@${one.preferredUsername}@${one.id.host}` })),
      attachments: image === null ? [] : [this.picture(image)],
      ...(await this.audience(to, people)),
    });
    this.state.notes.set(id.href, note);
    const create = new Create({ id: this.newId(), actor: this.me, object: note, published: note.published, tos: note.toIds, ccs: note.ccIds });
    return { ...(await this.send(create, people, { followers: to !== "direct" })), object: id.href };
  }

  picture({ alt = null, width = 64, height = 48 }) {
    const url = new URL(`/media/${crypto.randomUUID()}/${width}x${height}.png`, this.state.origin);
    return new Document({ url, mediaType: "image/png", name: alt, width, height });
  }

  async update({ uri, text }) {
    const updated = this.note(uri).clone({ content: `<p>${escape(text)}</p>`, updated: Temporal.Now.instant() });
    this.state.notes.set(uri, updated);
    const activity = new Update({ id: this.newId(), actor: this.me, object: updated, tos: updated.toIds, ccs: updated.ccIds });
    return await this.toAudienceOf(updated, activity);
  }

  async delete({ uri }) {
    const note = this.note(uri);
    this.state.notes.delete(uri);
    this.state.deleted.add(uri);
    const activity = new Delete({ id: this.newId(), actor: this.me, object: new Tombstone({ id: note.id }), tos: note.toIds, ccs: note.ccIds });
    return await this.toAudienceOf(note, activity);
  }

  async toAudienceOf(note, activity) {
    const uris = [...note.toIds, ...note.ccIds].map((uri) => uri.href);
    const people = uris.filter((uri) => uri !== PUBLIC_COLLECTION.href && uri !== this.followersUri.href);
    const actors = await Promise.all(people.map((uri) => this.actor(uri)));
    return await this.send(activity, actors, { followers: isPublic(note) || uris.includes(this.followersUri.href) });
  }

  // --- reactions ---

  async like({ uri }) {
    const author = await this.authorOf(uri);
    return await this.send(new Like({ id: this.newId(), actor: this.me, object: new URL(uri), to: author.id }), [author]);
  }

  async announce({ uri }) {
    const author = await this.authorOf(uri);
    const audience = { tos: [PUBLIC_COLLECTION], ccs: [this.followersUri, author.id] };
    const activity = new Announce({ id: this.newId(), actor: this.me, object: new URL(uri), published: Temporal.Now.instant(), ...audience });
    return await this.send(activity, [author], { followers: true });
  }

  // Takes back a Follow, Like or Announce of this peer; the original is embedded.
  async undo({ id }) {
    const original = this.known(id);
    const undo = new Undo({ id: this.newId(), actor: this.me, object: original, tos: original.toIds, ccs: original.ccIds });
    const uri = original.objectId.href;
    const target = original instanceof Follow ? await this.actor(uri) : await this.authorOf(uri);
    return await this.send(undo, [target], { followers: original instanceof Announce });
  }

  async flag({ actor, uris = [], comment = "" }) {
    const target = await this.actor(actor);
    const objects = [target.id, ...uris.map((uri) => new URL(uri))];
    return await this.send(new Flag({ id: this.newId(), actor: this.me, objects, content: comment, to: target.id }), [target]);
  }

  // --- the actor itself ---

  async profile(changes) {
    Object.assign(this.state.profile, changes);
    const documentLoader = this.ctx.documentLoader;
    const person = await this.ctx.lookupObject(this.me, { documentLoader });
    const activity = new Update({ id: this.newId(), actor: this.me, object: person, tos: [PUBLIC_COLLECTION], ccs: [this.followersUri] });
    return await this.send(activity, [], { followers: true });
  }

  async move({ target }) {
    this.state.profile.movedTo = target;
    const activity = new Move({ id: this.newId(), actor: this.me, object: this.me, target: new URL(target), to: this.followersUri });
    return await this.send(activity, [], { followers: true });
  }

  // Anything else: JSON as given, with this peer's signature. `id` and `actor` are filled in where they are missing.
  async send_raw({ activity, to = [], sharedInbox = false }) {
    const context = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"];
    const json = { "@context": context, id: this.newId().href, actor: this.me.href, ...activity };
    const value = await Activity.fromJsonLd(json, { contextLoader: this.ctx.contextLoader, documentLoader: this.ctx.documentLoader });
    const actors = await Promise.all(to.map((who) => this.actor(who)));
    return await this.send(value, actors, { sharedInbox });
  }

  // Passes on an activity of somebody else, bytes unchanged, under this peer's own HTTP signature (ActivityPub 7.1.2).
  async forward({ body, inbox }) {
    const [rsa] = await this.ctx.getActorKeyPairs(this.state.name);
    const headers = { "content-type": "application/activity+json" };
    const request = new Request(inbox, { method: "POST", body, headers });
    const spec = SCHEMES[this.state.settings.scheme];
    await fetch(await signRequest(request, rsa.privateKey, rsa.keyId, { spec }));
    return { id: JSON.parse(body).id };
  }
}

export const VERBS = [
  "follow", "unfollow", "accept", "reject", "post", "update", "delete", "like", "announce", "undo", "flag", "profile", "move", "send_raw", "forward",
];
