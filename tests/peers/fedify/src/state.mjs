// Everything the peer knows. The federation object is built anew when a setting changes; this outlives it.

import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { generateCryptoKeyPair } from "@fedify/fedify";

export const SCHEMES = { cavage: "draft-cavage-http-signatures-12", rfc9421: "rfc9421" };

// Which signature a message carries: "cavage", "rfc9421" or null.
export function schemeOf(headers) {
  if (headers.has("signature-input")) return "rfc9421";
  return headers.has("signature") ? "cavage" : null;
}

async function rsaPair() {
  // 2048 bits as most servers use; Fedify's own generator takes seconds for 4096.
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

export class State {
  settings = { autoAccept: true, scheme: "rfc9421", proofs: true, authorizedFetch: false, challenge: false, takes: "both" };
  profile = { name: "A peer", summary: "<p>Made of Fedify.</p>", aliases: [], movedTo: null };
  followers = new Map(); // actor URI -> { id, inboxId, endpoints, follow }
  following = new Map(); // actor URI -> { state, follow }
  waiting = new Map(); // actor URI -> Follow that no one has answered yet
  notes = new Map(); // URI -> Note
  activities = new Map(); // URI -> Activity that this peer made
  deleted = new Set(); // URIs
  received = []; // one fact sheet an inbox request
  fetched = []; // who fetched what from here
  sent = []; // every request this peer made
  inboxRequest = new AsyncLocalStorage(); // the fact sheet of the request in hand
  controlCall = new AsyncLocalStorage(); // the requests made for the control call in hand

  static async create(name, origin) {
    const state = new State();
    state.name = name;
    state.origin = origin;
    state.keys = [await rsaPair(), await generateCryptoKeyPair("Ed25519")];
    return state;
  }

  newUri(kind) {
    return new URL(`/users/${this.name}/${kind}/${randomUUID()}`, this.origin);
  }

  forget() {
    for (const list of [this.received, this.fetched, this.sent]) list.length = 0;
  }
}

// Replaces the global fetch by one that notes each request, so that a test sees which scheme was answered how.
export function watchFetch(state) {
  const real = globalThis.fetch;
  globalThis.fetch = async (input, options) => {
    const request = input instanceof Request ? input : new Request(input, options);
    const entry = { method: request.method, url: request.url, scheme: schemeOf(request.headers), status: null };
    if (request.headers.has("collection-synchronization")) entry.sync = request.headers.get("collection-synchronization");
    state.sent.push(entry);
    state.controlCall.getStore()?.push(entry);
    const response = await real(input, options);
    entry.status = response.status;
    if (response.status >= 400) entry.answer = (await response.clone().text()).slice(0, 500);
    return response;
  };
}
