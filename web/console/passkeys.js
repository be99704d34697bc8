// Passkeys: what navigator.credentials gives goes to the server as it is; the server decides.
"use strict";
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const post = async (path, fields) => {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" } });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail || "That did not work.");
  return told;
};
const tell = (words) => { document.getElementById("passkey-trouble").textContent = window.kPhrases?.[words] ?? words; };

const adding = document.getElementById("add-passkey");
if (adding) adding.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form_token = adding.dataset.token;
  try {
    const asked = await post("/passkeys/challenge", { form_token });
    const made = await navigator.credentials.create({ publicKey: {
      challenge: bytes(asked.challenge),
      rp: { name: "Hotline", id: location.hostname },
      user: { id: bytes(asked.person), name: asked.name, displayName: asked.name },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    } });
    await post("/passkeys", { form_token, label: document.getElementById("label").value,
      client_data: text(made.response.clientDataJSON), authenticator_data: text(made.response.getAuthenticatorData()) });
    location.reload();
  } catch (trouble) { tell(trouble.message); }
});

const entering = document.getElementById("use-passkey");
if (entering && window.PublicKeyCredential) {
  entering.hidden = false;
  entering.addEventListener("click", async () => {
    try {
      const asked = await post("/sign-in/challenge", {});
      const proof = await navigator.credentials.get({ publicKey: { challenge: bytes(asked.challenge), rpId: location.hostname, userVerification: "required" } });
      const { next } = await post("/sign-in/passkey", { id: text(proof.rawId), client_data: text(proof.response.clientDataJSON),
        authenticator_data: text(proof.response.authenticatorData), signature: text(proof.response.signature) });
      location.assign(next);
    } catch (trouble) { tell(trouble.message); }
  });
}
