// The control API: JSON in, JSON out, for the tests alone.
//
//   POST /control/<verb>       one of VERBS; answers {id, object?, sent: [requests made for it]}; 502 where it failed
//   POST /control/settings     changes some of {autoAccept, scheme, proofs, authorizedFetch, challenge, takes}
//   POST /control/forget       empties the lists of what was received, fetched and sent
//   GET  /control/state        settings, followers, following, waiting, notes
//   GET  /control/received     one fact sheet an inbox request, oldest first
//   GET  /control/fetched|sent requests answered and requests made
//   GET  /control/read?uri=    a document as Fedify reads it: {url, type, json, proofs, jsonld}
//   GET  /control/items?uri=   ids in a collection, every page
//   GET  /control/nodeinfo?uri= the NodeInfo of a server, parsed strictly

import { parseNodeInfo } from "@fedify/fedify";
import { PUBLIC_COLLECTION, Collection, Object as ActivityObject } from "@fedify/vocab";
import { Actions, Refused, VERBS } from "./actions.mjs";
import { jsonldFault, proofFacts } from "./facts.mjs";
import { loadersOf } from "./federation.mjs";

function describe(state, actorUri) {
  return {
    actor: actorUri.href,
    settings: state.settings,
    followers: [...state.followers.keys()],
    following: Object.fromEntries([...state.following].map(([uri, entry]) => [uri, entry.state])),
    waiting: [...state.waiting.keys()],
    notes: [...state.notes.keys()],
    public: PUBLIC_COLLECTION.href,
  };
}

async function read(ctx, state, uri) {
  const loaders = loadersOf(ctx);
  const documentLoader = await ctx.getDocumentLoader({ identifier: state.name });
  const { document, documentUrl } = await documentLoader(uri);
  const value = await ActivityObject.fromJsonLd(document, loaders);
  const proofs = await proofFacts(document, loaders, ActivityObject);
  return { url: documentUrl, type: value.constructor.name, json: document, proofs, jsonld: await jsonldFault(document, loaders) };
}

async function items(actions, ctx, state, uri) {
  const collection = await actions.load(uri);
  if (!(collection instanceof Collection)) throw new Refused(`${uri} is a ${collection.constructor.name}`);
  const documentLoader = await ctx.getDocumentLoader({ identifier: state.name });
  const found = [];
  for await (const item of ctx.traverseCollection(collection, { documentLoader })) found.push(item.id?.href ?? null);
  return { total: collection.totalItems, items: found };
}

// Fedify's own lookup refuses private addresses without a way to allow them; its parser is what matters here.
async function nodeinfo(origin) {
  const wanted = "http://nodeinfo.diaspora.software/ns/schema/2.1";
  const { links } = await (await fetch(`${origin}/.well-known/nodeinfo`)).json();
  const link = links.find((one) => one.rel === wanted);
  if (link === undefined) throw new Refused(`${origin} has no NodeInfo 2.1`);
  return parseNodeInfo(await (await fetch(link.href)).json());
}

async function act(state, actions, verb, input) {
  const sent = [];
  try {
    return { ...(await state.controlCall.run(sent, () => actions[verb](input))), sent };
  } catch (error) {
    error.sent = sent;
    throw error;
  }
}

// The answer to a control request as a value, or undefined where there is no such resource.
async function answer(peer, method, name, query, input) {
  const { state } = peer;
  const ctx = peer.context();
  const actions = new Actions(state, ctx);
  if (method === "POST") {
    if (VERBS.includes(name)) return await act(state, actions, name, input);
    if (name === "settings") return peer.change(input);
    if (name === "forget") return state.forget() ?? {};
    return undefined;
  }
  if (name === "state") return describe(state, ctx.getActorUri(state.name));
  if (["received", "fetched", "sent"].includes(name)) return state[name];
  const uri = query.get("uri");
  if (name === "read") return await read(ctx, state, uri);
  if (name === "items") return await items(actions, ctx, state, uri);
  if (name === "nodeinfo") return { nodeinfo: await nodeinfo(uri) };
  return undefined;
}

export async function control(peer, request, body) {
  const url = new URL(request.url);
  const name = url.pathname.slice("/control/".length);
  const input = body.length > 0 ? JSON.parse(body.toString("utf8")) : {};
  try {
    const value = await answer(peer, request.method, name, url.searchParams, input);
    if (value === undefined) return Response.json({ error: `no ${request.method} ${name}` }, { status: 404 });
    return Response.json(value);
  } catch (error) {
    const text = error instanceof Refused ? error.message : String(error?.stack ?? error);
    return Response.json({ error: text, status: error.statusCode ?? null, sent: error.sent ?? [] }, { status: 502 });
  }
}
