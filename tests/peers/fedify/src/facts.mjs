// What Fedify says about a request, part by part. The inbox itself accepts a valid object proof without a look at the
// HTTP signature, so both are verified here once more, each for itself.

import { detachSignature, doesActorOwnKey, verifyObject, verifyProof, verifyRequestDetailed } from "@fedify/fedify";
import { Activity, Object as ActivityObject } from "@fedify/vocab";
import jsonld from "jsonld";
import { schemeOf } from "./state.mjs";

const EMBEDDED = ["object", "result"];

function reasonOf(reason) {
  if (reason.type !== "keyFetchError") return reason.type;
  return `keyFetchError: ${reason.result.status ?? reason.result.error}`;
}

export async function signatureFacts(request, loaders, json) {
  const facts = { scheme: schemeOf(request.headers), verified: false, keyId: null, owner: false, reason: null };
  const result = await verifyRequestDetailed(request, { ...loaders, timeWindow: { hours: 1 } });
  if (!result.verified) return { ...facts, reason: reasonOf(result.reason), keyId: result.reason.keyId?.href ?? null };
  facts.verified = true;
  facts.keyId = result.key.id?.href ?? null;
  if (json !== null) {
    const activity = await Activity.fromJsonLd(detachSignature(json), loaders);
    facts.owner = await doesActorOwnKey(activity, result.key, loaders);
  }
  return facts;
}

async function countProofs(json, loaders) {
  const facts = { found: 0, verified: 0, keys: [] };
  const value = await ActivityObject.fromJsonLd(json, loaders);
  for await (const proof of value.getProofs(loaders)) {
    facts.found += 1;
    const key = await verifyProof(json, proof, loaders);
    if (key !== null) {
      facts.verified += 1;
      facts.keys.push(key.id?.href ?? null);
    }
  }
  return facts;
}

// `authentic` is Fedify's verifyObject: every proof holds, and they vouch for every actor and author in it.
export async function proofFacts(json, loaders, type = Activity) {
  const bare = detachSignature(json);
  const facts = await countProofs(bare, loaders);
  facts.authentic = facts.found > 0 && (await verifyObject(type, bare, loaders)) !== null;
  facts.embedded = [];
  for (const name of EMBEDDED) {
    const inner = bare[name];
    if (inner !== null && typeof inner === "object" && inner.proof !== undefined) {
      facts.embedded.push(await countProofs({ "@context": bare["@context"], ...inner }, loaders));
    }
  }
  return facts;
}

// The words of an expanded document that no context defines: the ActivityStreams context turns them into blank nodes.
function undefinedWords(value, found = new Set()) {
  if (Array.isArray(value)) for (const item of value) undefinedWords(item, found);
  else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) {
      if (key.startsWith("_:")) found.add(key.slice(2));
      if (key === "@type") for (const type of [item].flat()) if (type.startsWith("_:")) found.add(type.slice(2));
      undefinedWords(item, found);
    }
  }
  return found;
}

// Whether a JSON-LD processor reads a document without losing anything of it: null, or what is wrong with it.
export async function jsonldFault(json, { contextLoader }) {
  try {
    const expanded = await jsonld.expand(detachSignature(json), { documentLoader: contextLoader, safe: true });
    const unknown = [...undefinedWords(expanded)];
    return unknown.length > 0 ? `no context defines ${unknown.join(", ")}` : null;
  } catch (error) {
    return `${error.message} ${JSON.stringify(error.details ?? {})}`.slice(0, 1000);
  }
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    return { error: String(error?.stack ?? error) };
  }
}

// The fact sheet of an inbox request; `status`, `handled` and `refused` are filled in by whoever serves it.
export async function sheet(request, body, loaders) {
  const text = body.toString("utf8");
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    // not JSON: Fedify answers 400, and the sheet keeps the text
  }
  const isObject = json !== null && typeof json === "object" && !Array.isArray(json);
  const facts = {
    path: new URL(request.url).pathname,
    headers: Object.fromEntries(request.headers),
    type: isObject ? (json.type ?? null) : null,
    id: isObject ? (json.id ?? null) : null,
    actor: isObject ? (json.actor?.id ?? json.actor ?? null) : null,
    activity: json ?? text,
    signature: await attempt(() => signatureFacts(request, loaders, isObject ? json : null)),
    proofs: isObject ? await attempt(() => proofFacts(json, loaders)) : null,
    jsonld: isObject ? await jsonldFault(json, loaders) : "not an object",
    status: null,
    handled: false,
    refused: null,
    notes: [],
  };
  return facts;
}
