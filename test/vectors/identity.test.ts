// Golden bytes of what identity derives and of sealed boxes, computed outside this program.
import { expect, it } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { DeviceId, InvitationId } from '../../src/base/ids.ts'
import { createCrypto } from '../../src/crypto/index.ts'
import {
  backupKey,
  encodeLinkingLink,
  invitationKeys,
  linkingKeys,
  parseLinkingLink,
  recoverySignKeys,
  recoveryVaultKey,
  safetyWords,
  sealedValues,
} from '../../src/identity/index.ts'
import { CodeReader, codesOf } from '../../src/engine/codes.ts'
import { wordsOf } from '../../src/engine/linking-answer.ts'
import { both, hex, seededRandom } from '../unit/crypto/support.ts'
import vectors from './identity.json' with { type: 'json' }

const crypto = both[0][1]

it('CR-16: the keys of an invitation', () => {
  const { seed, id, channel, box, secret } = vectors.invitation
  const keys = invitationKeys(crypto, hex(seed))
  const found = [keys.id, toHex(keys.channel.publicKey), toHex(keys.box.publicKey), toHex(keys.secret)]
  expect(found).toEqual([id, channel, box, secret])
})

it('CR-19: links for a device of one’s own, and their keys', () => {
  for (const { code, id, channel, box, secret } of [vectors.linking.device, vectors.linking.return]) {
    const parsed = parseLinkingLink(code)
    if (!parsed.ok) throw new Error(parsed.error.type)
    expect(encodeLinkingLink(parsed.value)).toBe(code)
    const keys = linkingKeys(crypto, parsed.value)
    const found = [keys.id, toHex(keys.channel.publicKey), toHex(keys.box.publicKey), toHex(keys.secret)]
    expect(found).toEqual([id, channel, box, secret])
  }
})

it('JO-21: the words of an answer', () => {
  const { device, answer, wordsHash } = vectors.linking
  const id = InvitationId.must(hex(device.id))
  expect(wordsOf(crypto, id, hex(answer))).toEqual(safetyWords(hex(wordsHash), 'es'))
})

it('JO-16: a code said by hand', () => {
  const { id, sealed, text } = vectors.linking.code
  const spoken = {
    id: InvitationId.must(hex(id)),
    said: [{ kind: 'answer' as const, v: 1 as const, sealed: hex(sealed) }],
  }
  expect(codesOf(crypto, spoken)).toEqual([text])
  expect(new CodeReader(crypto).read(text)).toEqual({ type: 'whole', spoken })
})

it('CR-12: the keys of a recovery kit', () => {
  const { seed, space, signPublicKey, vaultKey, backupKey: backup } = vectors.recovery
  const sign = recoverySignKeys(crypto, hex(seed), DeviceId.must(hex(space)))
  const found = [toHex(sign.publicKey), toHex(recoveryVaultKey(crypto, hex(seed))), toHex(backupKey(crypto, hex(seed)))]
  expect(found).toEqual([signPublicKey, vaultKey, backup])
})

it('CR-13: the name of a stored key', () => {
  const { vaultKey, path, name } = vectors.storage
  expect(sealedValues(crypto, hex(vaultKey)).storageName(...path)).toBe(name)
})

it('CR-6: a sealed box', async () => {
  const { ephemeralSecret, recipientSecret, extraSecret, label, context, plaintext, nonce, shared, key } =
    vectors.sealedBox
  const given = [hex(ephemeralSecret), hex(nonce)]
  const random = { bytes: () => given.shift() ?? seededRandom().bytes(32) }
  const recipient = crypto.boxKeys(hex(recipientSecret))
  const ephemeral = crypto.boxKeys(hex(ephemeralSecret))
  const sealed = await createCrypto({ random }).sealTo(
    recipient.publicKey,
    label,
    hex(context),
    hex(plaintext),
    hex(extraSecret),
  )
  expect(toHex((await crypto.agree(recipient.secretKey, ephemeral.publicKey)) ?? new Uint8Array(0))).toBe(shared)
  const box = crypto.seal(hex(key), hex(nonce), hex(plaintext))
  expect(toHex(sealed)).toBe(toHex(concat(ephemeral.publicKey, hex(nonce), box)))
})
