// Passkeys: hand the server's options to the browser, and the browser's answer back as the form's field.

const form = document.querySelector("[data-passkey]");

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const toText = (buffer) =>
  buffer &&
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const withBytes = (credentials = []) => credentials.map((c) => ({ ...c, id: toBytes(c.id) }));

const ask = {
  async create(options) {
    const publicKey = {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    };
    const made = await navigator.credentials.create({ publicKey });
    return {
      ...common(made),
      response: {
        attestationObject: toText(made.response.attestationObject),
        clientDataJSON: toText(made.response.clientDataJSON),
        transports: made.response.getTransports?.() ?? [],
      },
      extensions: JSON.stringify(made.getClientExtensionResults()),
    };
  },
  async get(options) {
    const publicKey = {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    };
    const given = await navigator.credentials.get({ publicKey });
    return {
      ...common(given),
      response: {
        authenticatorData: toText(given.response.authenticatorData),
        clientDataJSON: toText(given.response.clientDataJSON),
        signature: toText(given.response.signature),
        userHandle: toText(given.response.userHandle),
      },
    };
  },
};

const common = (credential) => ({
  id: credential.id,
  rawId: toText(credential.rawId),
  type: credential.type,
});

if (form) {
  try {
    const answer = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
    form.elements.credential.value = JSON.stringify(answer);
    form.submit();
  } catch {
    form.querySelector("[data-said]").hidden = true;
    form.querySelector("[data-failed]").hidden = false;
  }
}
