// node main.mjs [--name peer] [--host 127.0.0.1] [--port 0]
//
// Serves plain http. Prints one line of JSON, {"origin", "actor"}, when it answers requests; ends when its standard
// input is closed, so that it never outlives the test that started it.
//
// Reading order: main, state, federation (the peer as others see it), facts (what is noted about a request), actions
// (what the peer does when asked), control (the API for tests).

import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { configure } from "@logtape/logtape";
import { control } from "./control.mjs";
import { sheet } from "./facts.mjs";
import { isPublic, loadersOf, makeFederation } from "./federation.mjs";
import { png } from "./png.mjs";
import { schemeOf, SCHEMES, State, watchFetch } from "./state.mjs";

class Peer {
  constructor(state) {
    this.state = state;
    this.federation = makeFederation(state);
  }

  context() {
    return this.federation.createContext(new URL(this.state.origin), undefined);
  }

  // A new federation forgets which signature scheme and which keys it saw.
  change(settings) {
    for (const name of Object.keys(settings)) if (!(name in this.state.settings)) throw new Error(`no setting is called ${name}`);
    if (settings.scheme !== undefined && !(settings.scheme in SCHEMES)) throw new Error(`no scheme is called ${settings.scheme}`);
    Object.assign(this.state.settings, settings);
    this.federation = makeFederation(this.state);
    return this.state.settings;
  }

  async answer(request, body) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/control/")) return await control(this, request, body);
    if (request.method === "POST" && pathname.endsWith("/inbox")) return await this.inbox(request, body);
    const entry = { method: request.method, path: pathname, scheme: schemeOf(request.headers), status: null };
    this.state.fetched.push(entry);
    const response = await this.document(request, pathname);
    entry.status = response.status;
    return response;
  }

  async inbox(request, body) {
    const facts = await sheet(request, body, loadersOf(this.context()));
    const { takes } = this.state.settings;
    let response;
    if (takes !== "both" && facts.signature.scheme !== takes) {
      facts.refused = "scheme";
      response = new Response("the other signature scheme, please", { status: 401 });
    } else {
      response = await this.state.inboxRequest.run(facts, () => this.federation.fetch(request, { contextData: undefined }));
    }
    facts.status = response.status;
    if (response.status >= 400) facts.error = await response.clone().text();
    // Listed when the answer is known, so that a reader never sees half a sheet.
    this.state.received.push(facts);
    return response;
  }

  async document(request, pathname) {
    const picture = /^\/media\/[^/]+\/(\d{1,4})x(\d{1,4})\.png$/.exec(pathname);
    if (picture !== null) return new Response(png(Number(picture[1]), Number(picture[2])), { headers: { "content-type": "image/png" } });
    const uri = new URL(pathname, this.state.origin).href;
    const headers = { "content-type": "application/activity+json" };
    if (this.state.deleted.has(uri)) {
      const tombstone = { "@context": "https://www.w3.org/ns/activitystreams", id: uri, type: "Tombstone" };
      return new Response(JSON.stringify(tombstone), { status: 410, headers });
    }
    const activity = this.state.activities.get(uri);
    if (activity !== undefined && isPublic(activity)) {
      return new Response(JSON.stringify(await activity.toJsonLd(loadersOf(this.context()))), { headers });
    }
    const page = () => new Response(`<!doctype html><title>${pathname}</title>`, { headers: { "content-type": "text/html" } });
    if (pathname === `/@${this.state.name}`) return page();
    return await this.federation.fetch(request, { contextData: undefined, onNotAcceptable: page });
  }
}

async function toRequest(message, body) {
  const headers = new Headers();
  for (let at = 0; at < message.rawHeaders.length; at += 2) headers.append(message.rawHeaders[at], message.rawHeaders[at + 1]);
  const hasBody = message.method !== "GET" && message.method !== "HEAD";
  return new Request(`http://${message.headers.host}${message.url}`, { method: message.method, headers, body: hasBody ? body : undefined });
}

async function serve(peer, message, reply) {
  const parts = [];
  for await (const part of message) parts.push(part);
  const body = Buffer.concat(parts);
  let response;
  try {
    response = await peer.answer(await toRequest(message, body), body);
  } catch (error) {
    console.error(error);
    response = new Response(String(error?.stack ?? error), { status: 500 });
  }
  reply.writeHead(response.status, Object.fromEntries(response.headers));
  reply.end(Buffer.from(await response.arrayBuffer()));
}

async function main() {
  const option = (value) => ({ type: "string", default: value });
  const { values } = parseArgs({ options: { name: option("peer"), host: option("127.0.0.1"), port: option("0") } });
  const print = (record) => process.stderr.write(`${record.level} ${record.category.join(".")}: ${record.message.map(String).join("")}\n`);
  const lowestLevel = process.env.PEER_LOG ?? "warning";
  const loggers = [{ category: [], sinks: ["print"], lowestLevel }, { category: ["logtape", "meta"], lowestLevel: "error" }];
  await configure({ sinks: { print }, loggers, contextLocalStorage: new AsyncLocalStorage() });
  let peer;
  const server = createServer((message, reply) => void serve(peer, message, reply));
  await new Promise((resolve, reject) => server.once("error", reject).listen(Number(values.port), values.host, resolve));
  const state = await State.create(values.name, `http://${values.host}:${server.address().port}`);
  watchFetch(state);
  peer = new Peer(state);
  process.stdout.write(`${JSON.stringify({ origin: state.origin, actor: peer.context().getActorUri(values.name).href })}\n`);
  process.stdin.resume().once("end", () => process.exit(0));
}

await main();
