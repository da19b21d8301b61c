// The platform's WebCrypto where there is one: absent in pages that were not loaded over a secure line.

export function platformSubtle(): SubtleCrypto | undefined {
  const { crypto } = globalThis as { crypto?: { subtle?: SubtleCrypto } }
  return crypto?.subtle
}
