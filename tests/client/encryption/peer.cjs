// The official JavaScript SDK's encryption, as peer.py has the Python SDKs'. What publish and subscribe
// do around it is done here: JSON text in, base64 out, and back.
'use strict';

const PubNub = require('pubnub');

function answered(request) {
  const { key: cipherKey, layout } = request;
  const settings = { cipherKey, useRandomIVs: layout === 'legacy, random vector' };
  const module = PubNub.CryptoModule[request.with](settings);
  try {
    if ('text' in request) {
      const encrypted = module.encrypt(request.text);
      return { encrypted: typeof encrypted === 'string' ? encrypted : Buffer.from(encrypted).toString('base64') };
    }
    const decrypted = module.decrypt(request.encrypted);
    // The legacy one has parsed the JSON, and returns null for what it can't read.
    return { value: decrypted instanceof ArrayBuffer ? JSON.parse(Buffer.from(decrypted).toString()) : decrypted };
  } catch (error) {
    return { error: String(error) };
  }
}

let text = '';
process.stdin.on('data', (chunk) => (text += chunk));
process.stdin.on('end', () => process.stdout.write(JSON.stringify(JSON.parse(text).map(answered))));
