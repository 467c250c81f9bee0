// Passkeys: asks the browser for one and puts its answer into the form, which is then sent like any other.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const optionsOf = (form) => {
  const found = JSON.parse(form.dataset.options);
  found.challenge = bytes(found.challenge);
  if (found.user) found.user.id = bytes(found.user.id);
  for (const list of [found.excludeCredentials, found.allowCredentials])
    for (const each of list || []) each.id = bytes(each.id);
  return { publicKey: found };
};

const answerOf = (made) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (made.response[name]) response[name] = text(made.response[name]);
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
};

const ask = async (form) => {
  const failed = form.querySelector("[data-failed]");
  failed.hidden = true;
  try {
    const made = await navigator.credentials[form.dataset.passkey](optionsOf(form));
    form.elements.credential.value = answerOf(made);
    form.submit();
  } catch {
    failed.hidden = false;
  }
};

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("[data-if-passkeys]")) form.hidden = false;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.querySelector("[data-go]").hidden = false;
    for (const missing of form.querySelectorAll("[data-missing]")) missing.hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
    if ("start" in form.dataset) ask(form);
  }
}
