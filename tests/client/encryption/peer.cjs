// The official JavaScript SDK's encryption, as peer.py has the Python SDKs'. What publish and subscribe
// do around it is done here: JSON text in, base64 out, and back.
'use strict';

const PubNub = require('pubnub');

const { File } = new PubNub({ subscribeKey: 'demo', userId: 'peer' });

// The content of a file, after a method of a module.
async function changed(module, method, base64) {
  const given = File.create({ name: 'file', data: Buffer.from(base64, 'base64') });
  const file = await module[method](given, File);
  return file.data.toString('base64');
}

async function answered(request) {
  const { key: cipherKey, layout } = request;
  const settings = { cipherKey, useRandomIVs: layout === 'legacy, random vector' };
  const module = PubNub.CryptoModule[request.with](settings);
  try {
    if ('file' in request) return { encrypted: await changed(module, 'encryptFile', request.file) };
    if ('encrypted_file' in request)
      return { file: await changed(module, 'decryptFile', request.encrypted_file) };
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
process.stdin.on('end', async () => {
  process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(text).map(answered))));
});
