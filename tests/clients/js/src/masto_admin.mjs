// masto.js as a moderation app: what its admin methods say and do.

import { deepStrictEqual as same, ok, strictEqual as equal } from "node:assert";
import { createRestAPIClient } from "masto";

import { ask, given } from "./day.mjs";

const { v1, v2 } = createRestAPIClient({ url: given.url, accessToken: given.token });
const names = (rows) => rows.map(({ username }) => username);
const ids = (rows) => rows.map(({ id }) => id);

async function people() {
  const [zoe] = await v1.admin.accounts.list({ username: "zoe", local: true });
  same([zoe.username, zoe.email, zoe.role.id, zoe.account.acct], ["zoe", "zoe@example.org", "-99", "zoe"]);
  ok(names(await v2.admin.accounts.list({ origin: "local", status: "active" })).includes("zoe"));
  equal((await v1.admin.accounts.$select(zoe.id).fetch()).id, zoe.id);
  const acts = [
    ["sensitive", "sensitized", "unsensitive"],
    ["silence", "silenced", "unsilence"],
    ["disable", "disabled", "enable"],
    ["suspend", "suspended", "unsuspend"],
  ];
  for (const [type, key, back] of acts) {
    await v1.admin.accounts.$select(zoe.id).action.create({ type, text: "Rule 1" });
    equal((await v1.admin.accounts.$select(zoe.id).fetch())[key], true, type);
    equal((await v1.admin.accounts.$select(zoe.id)[back]())[key], false, back);
  }
  return zoe;
}

async function reports(zoe) {
  const [report] = await v1.admin.reports.list({ resolved: false });
  same([report.account.username, report.targetAccount.id, report.category], ["amy", zoe.id, "spam"]);
  equal(report.statuses.length, 1);
  const one = v1.admin.reports.$select(report.id);
  equal((await one.assignToSelf()).assignedAccount.username, "alice");
  equal((await one.unassign()).assignedAccount, null);
  equal((await one.resolve()).actionTaken, true);
  same(ids(await v1.admin.reports.list({ resolved: true })), [report.id]);
  equal((await one.reopen()).actionTaken, false);
  equal((await one.fetch()).id, report.id);
}

async function blocks() {
  const ip = await v1.admin.ipBlocks.create({ ip: "203.0.113.0/24", severity: "sign_up_block", comment: "x" });
  equal((await v1.admin.ipBlocks.$select(ip.id).update({ comment: "y", severity: "no_access" })).comment, "y");
  equal((await v1.admin.ipBlocks.$select(ip.id).fetch()).severity, "no_access");
  same(ids(await v1.admin.ipBlocks.list()), [ip.id]);
  await v1.admin.ipBlocks.$select(ip.id).remove();
  const domain = await v1.admin.emailDomainBlocks.create({ domain: "trash.test" });
  equal((await v1.admin.emailDomainBlocks.$select(domain.id).fetch()).history.length, 7);
  same(ids(await v1.admin.emailDomainBlocks.list()), [domain.id]);
  await v1.admin.emailDomainBlocks.$select(domain.id).remove();
  const box = await v1.admin.canonicalEmailBlocks.create({ email: "bad.one+1@trash.test" });
  equal((await v1.admin.canonicalEmailBlocks.$select(box.id).fetch()).canonicalEmailHash, box.canonicalEmailHash);
  same(ids(await v1.admin.canonicalEmailBlocks.test({ email: "badone@trash.test" })), [box.id]);
  same(ids(await v1.admin.canonicalEmailBlocks.list()), [box.id]);
  await v1.admin.canonicalEmailBlocks.$select(box.id).remove();
}

async function figures() {
  const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString();
  const period = { startAt: day(2), endAt: day(0) };
  const [fresh] = await v1.admin.measures.create({ keys: ["new_users"], ...period });
  same([fresh.key, fresh.total, fresh.data.length], ["new_users", "3", 3]);
  const [versions] = await v1.admin.dimensions.create({ keys: ["software_versions"], ...period });
  ok(versions.data.some(({ key }) => key === "fedserver"));
  const cohorts = await v1.admin.retention.create({ ...period, frequency: "day" });
  equal(cohorts.at(-1).data[0].value, "3");
  for (const kind of ["links", "statuses", "tags"]) same(await v1.admin.trends[kind].list(), []);
}

const [reported] = await v1.admin.accounts.list({ username: "zoe", local: true });
await reports(reported);
await people();
await blocks();
await figures();
await ask("done", {});
process.exit(0);
