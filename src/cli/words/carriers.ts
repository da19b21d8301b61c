// What the headless member says about relays one by one, files carried by hand, devices nearby and damage, in both languages. Owns
// words only.
import type { DoctorFinding, PeerView } from '../../engine/api.ts'

interface CarrierWords {
  readonly own: string
  readonly everybody: string
  readonly added: (address: string) => string
  readonly removed: (address: string) => string
  readonly taken: (address: string, spaces: number) => string
  readonly who: string
  readonly saved: (path: string, entries: string) => string
  readonly opened: (by: string, at: string, entries: number, fresh: number) => string
  readonly nobody: string
  readonly by: Readonly<Record<PeerView['by'], string>>
  readonly states: Readonly<Record<PeerView['state'], string>>
  readonly peer: string
  readonly examined: (space: string, entries: string, documents: number) => string
  readonly sound: string
  readonly entry: string
  readonly document: string
  readonly findings: Readonly<Record<DoctorFinding['code'], string>>
}

const es: CarrierWords = {
  own: 'solo este aparato',
  everybody: 'el espacio',
  added: (address) => `Relevo agregado: ${address}`,
  removed: (address) => `Relevo quitado: ${address}`,
  taken: (address, spaces) => `Este aparato prueba ${address} para ${spaces} ${spaces === 1 ? 'espacio' : 'espacios'}.`,
  who: 'DE QUIÉN',
  saved: (path, entries) => `Archivo en ${path}: ${entries}. Solo quien está en el espacio lo abre.`,
  opened: (by, at, entries, fresh) => `Guardado por ${by}, ${at}: ${entries} entradas, ${fresh} nuevas aquí.`,
  nobody: 'alguien',
  by: { near: 'cerca', whisper: 'por relevo' },
  states: { connecting: 'conectando', connected: 'conectado', 'in-step': 'al día' },
  peer: 'CONEXIÓN',
  examined: (space, entries, documents) => `${space}: ${entries}, ${documents} documentos.`,
  sound: 'Todo está bien.',
  entry: 'entrada',
  document: 'documento',
  findings: {
    'unreadable-store': 'DAÑO: el disco no deja leer lo guardado',
    'missing-bytes':
      'DAÑO: falta el contenido guardado; pídalo otra vez a un relevo o a otra persona (sync, bundle open)',
    'wrong-id': 'DAÑO: lo guardado no es lo que era',
    'does-not-open': 'DAÑO: no se abre con ninguna llave de aquí',
    'bad-signature': 'DAÑO: la firma no es de quien dice',
    'broken-chain': 'DAÑO: no sigue a lo que dice seguir',
    'document-differs': 'DAÑO: el documento guardado no es el que resulta de sus entradas',
    'document-does-not-open': 'DAÑO: el documento no se abre en este aparato',
    gap: 'espera: falta algo anterior que no ha llegado',
    rejected: 'rechazada por una regla, como en todos los aparatos',
    'no-secret': 'cerrada: aquí no está su llave',
    'newer-version': 'de una versión más nueva de Telar; se guarda',
  },
}

const en: CarrierWords = {
  own: 'this device only',
  everybody: 'the space',
  added: (address) => `Relay added: ${address}`,
  removed: (address) => `Relay removed: ${address}`,
  taken: (address, spaces) => `This device tries ${address} for ${spaces} ${spaces === 1 ? 'space' : 'spaces'}.`,
  who: 'WHOSE',
  saved: (path, entries) => `File in ${path}: ${entries}. Only who is in the space opens it.`,
  opened: (by, at, entries, fresh) => `Saved by ${by}, ${at}: ${entries} entries, ${fresh} new here.`,
  nobody: 'somebody',
  by: { near: 'near', whisper: 'by relay' },
  states: { connecting: 'connecting', connected: 'connected', 'in-step': 'in step' },
  peer: 'CONNECTION',
  examined: (space, entries, documents) => `${space}: ${entries}, ${documents} documents.`,
  sound: 'All is well.',
  entry: 'entry',
  document: 'document',
  findings: {
    'unreadable-store': 'DAMAGE: the disk refuses to read what is stored',
    'missing-bytes': 'DAMAGE: its bytes are gone; get them again from a relay or another person (sync, bundle open)',
    'wrong-id': 'DAMAGE: what is stored is not what it was',
    'does-not-open': 'DAMAGE: no key here opens it',
    'bad-signature': 'DAMAGE: the signature is not of who it names',
    'broken-chain': 'DAMAGE: it does not follow what it says it follows',
    'document-differs': 'DAMAGE: the stored document is not the one that follows from its entries',
    'document-does-not-open': 'DAMAGE: the document does not open on this device',
    gap: 'waits: something before it has not come',
    rejected: 'rejected by a rule, as on every device',
    'no-secret': 'closed: its key is not here',
    'newer-version': 'of a newer version of Telar; kept',
  },
}

export const carrierWords = { es, en } as const
