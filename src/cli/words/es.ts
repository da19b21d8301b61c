// What the headless member says in Spanish. Owns words only; the shape that the other languages follow is this file's.
import type { CliError } from '../failure.ts'

type ErrorWords = { readonly [T in CliError['type']]: (error: Extract<CliError, { type: T }>) => string }

const kinds = {
  space: 'espacio',
  document: 'documento',
  member: 'integrante',
  knock: 'solicitud de entrada',
  device: 'aparato',
  operation: 'operación',
} as const
const given = (text: string | null) => (text === null ? '' : ` «${text}»`)
const at = (path: readonly (string | number)[]) => (path.length === 0 ? '' : ` en ${path.join('.')}`)

const errors: ErrorWords = {
  Usage: (e) => e.message,
  NoPeers: () => 'aquí nada puede conectarse con un aparato cercano',
  HomeInUse: () => 'otra Telar usa esta carpeta ahora (¿sync --watch?)',
  NewerHome: () => 'esta carpeta es de una versión más nueva de Telar',
  NoPassphrase: () => 'falta la frase secreta: --passphrase-file, TELAR_PASSPHRASE_FILE o una terminal',
  PassphrasesDiffer: () => 'las dos frases no son iguales; nada cambió',
  NotFound: (e) => `no hay ${kinds[e.what]}${given(e.given)}`,
  Ambiguous: (e) => `hay más de un(a) ${kinds[e.what]}${given(e.given)}: ${e.matches.join(', ')}`,
  WordsDiffer: () => 'las palabras NO son iguales: no la admita; la invitación pudo caer en otras manos',
  WordsNeeded: () => 'compare antes las ocho palabras por otro medio: admit --words "..."',
  File: (e) => `no se puede usar el archivo ${e.path} (${e.code})`,
  NotInStep: (e) =>
    `no quedó al día con ningún relevo, o no con todos: ${e.relays.map((r) => `${r.address} (${r.reason ?? states[r.state]})`).join(', ')}`,
  TimedOut: (e) =>
    e.waitingFor === 'admission'
      ? 'nadie la ha admitido todavía; la solicitud queda guardada: siga con sync'
      : 'la historia todavía no llega completa: siga con sync',
  NotWhole: () =>
    'esto no es todo: algo todavía no llega, o este dispositivo aún no pudo abrirlo y lo intentará de nuevo',
  PartOfFile: (e) =>
    e.sealed
      ? 'lo más de este archivo está bajo llaves que aquí no están'
      : 'el archivo está cortado o dañado: entró lo que estaba entero; pida otro',
  Unsound: (e) => `hay daños: ${e.findings}`,
  Interrupted: () => 'interrumpida; lo hecho quedó guardado',
  Internal: (e) => `falla interna (${e.name}); lo guardado sigue guardado`,
  Locked: () => 'está bajo llave',
  VaultExists: () => 'en esta carpeta ya hay una Telar',
  NoVault: () => 'en esta carpeta no hay ninguna Telar: empiece con init',
  WeakPassphrase: (e) => `la frase secreta es débil (${e.reason}): use seis palabras al azar o más`,
  WrongPassphrase: () => 'la frase secreta no es esa',
  WrongRecoveryWords: (e) =>
    e.unknownWord === null
      ? 'las palabras de recuperación no son esas'
      : `«${e.unknownWord}» no está en la lista de palabras`,
  DamagedVault: () => 'el archivo de la llave está dañado',
  UnknownSpace: () => 'no existe ese espacio',
  UnknownDocument: () => 'no existe ese documento, o su contenido todavía no llega',
  UnknownMember: () => 'no existe esa integrante',
  UnknownInvitation: () => 'esa invitación no existe, ya se usó o se canceló',
  UnknownDevice: () => 'no existe ese aparato',
  UnknownOperation: () => 'eso no existe, o ya no espera decisión',
  BadCode: (e) =>
    ({
      'not-a-code': 'eso no es un código',
      'not-for-here': 'ese código es para otra, o aquí nadie lo espera ya',
      damaged: 'el código está dañado',
    })[e.reason],
  WrongKit: () => 'esas palabras no son las de su kit',
  BadFile: (e) =>
    ({
      'not-a-file': 'eso no es un archivo de Telar',
      'newer-version': 'el archivo es de una versión más nueva de Telar',
      'not-for-here': 'ese archivo es para otro aparato u otro espacio',
      damaged: 'el archivo está dañado',
    })[e.reason],
  NoKeysYet: () => 'las llaves están por llegar: siga con sync y vuelva a intentar',
  NotAllowed: (e) => `su papel en el espacio no lo permite (${e.rule})`,
  RemovedFromSpace: () => 'ya no es parte de este espacio',
  BadInvitation: (e) =>
    ({
      'not-a-link': 'eso no es una invitación',
      'newer-version': 'la invitación es de una versión más nueva de Telar',
      damaged: 'la invitación está incompleta o dañada',
      'other-kind': 'ese enlace no es una invitación para una persona',
    })[e.reason],
  AlreadyMember: () => 'ya es parte de ese espacio',
  BadRelayAddress: (e) => `«${e.address}» no es la dirección de un relevo`,
  BadDocument: (e) => `el documento no se puede leer (${e.reason}${at(e.path)})`,
  BadEdit: (e) => `ese cambio no se puede hacer (${e.reason}${at(e.path)})`,
  TooLarge: (e) => `es demasiado grande (${e.limit})`,
  StorageFailed: () => 'el disco no deja guardar',
}

const states = {
  connected: 'conectado',
  connecting: 'conectando',
  offline: 'sin conexión',
  refused: 'no acepta',
} as const

export const es = {
  errors,
  states,
  roles: { coordinator: 'coordinadora', editor: 'editora', reader: 'lectora' },
  standings: { active: 'activo', loading: 'llegando', suspended: 'suspendida', removed: 'fuera' },
  modes: { open: 'abierta', confirm: 'por confirmar' },
  yes: ['sí', 'si', 's'],
  columns: {
    id: 'ID',
    name: 'NOMBRE',
    type: 'TIPO',
    title: 'TÍTULO',
    status: 'ESTADO',
    changed: 'CAMBIÓ',
    alias: 'ALIAS',
    role: 'PAPEL',
    space: 'ESPACIO',
    note: 'NOTA',
    relay: 'RELEVO',
    unsent: 'SIN ENVIAR',
    documents: 'DOCUMENTOS',
    members: 'INTEGRANTES',
    mode: 'MODO',
    devices: 'APARATOS',
    inStep: 'AL DÍA',
    added: 'DESDE',
    seen: 'VISTO',
  },
  ask: {
    passphrase: 'Frase secreta: ',
    newPassphrase: 'Frase secreta nueva: ',
    again: 'Otra vez: ',
    wordsSame: '¿Ve ella exactamente las mismas palabras? (sí/no) ',
    recoveryWords: 'Las doce palabras de recuperación: ',
  },
  openFile: (path: string) => `aviso: otras personas de esta máquina pueden leer ${path} (chmod 600)`,
  created: (home: string) => `Lista. Todo queda bajo llave en ${home}`,
  kit: 'Palabras de recuperación: escríbalas en papel. No se muestran otra vez.',
  kitWritten: (path: string) => `Las palabras de recuperación están en ${path}: pásela a papel y bórrelo.`,
  kitSeen: 'Anotado: las palabras de recuperación están a salvo.',
  passphraseChanged: 'La frase secreta cambió.',
  nothing: 'Nada.',
  spaceCreated: (name: string, id: string) => `Espacio «${name}» creado: ${id}`,
  onRelay: 'Ya está en un relevo.',
  notOnRelay: 'Todavía no está en ningún relevo: siga con sync.',
  noRelay: 'El espacio no tiene relevo: póngale uno con relays set.',
  knocked: 'Solicitud hecha. Compare estas palabras con quien la invitó, por otro medio:',
  joined: (name: string) => `Ya está en «${name}», con toda su historia.`,
  compare: (note: string) => `Palabras de quien pide entrar${note === '' ? '' : ` (${note})`}:`,
  contested: 'AVISO: otro aparato usó la misma invitación. Uno de los dos no es de quien se invitó.',
  admitted: (member: string) => `Admitida: ${member}`,
  removed: (alias: string) => `${alias} ya no es parte del espacio: las llaves cambiaron.`,
  renamed: (alias: string) => `Ahora se llama ${alias}.`,
  relaysSet: 'Relevos guardados.',
  imported: (id: string) => `Documento ${id}`,
  written: (path: string) => `Escrito en ${path}`,
  saved: 'Guardado aquí.',
  wakeMade: (path: string) => `Archivo de llaves en ${path}: entrégueselo; solo lo abre ese aparato.`,
  wakeOpened: (path: string) => `Abierto: ${path}. Las llaves del espacio están aquí.`,
  traffic: (sent: string, received: string) => `Enviado: ${sent}. Recibido: ${received}.`,
  entries: (n: number, bytes: string) => `${n} ${n === 1 ? 'entrada' : 'entradas'} (${bytes})`,
  inStep: 'al día',
  notInStep: 'no está al día',
  vault: { empty: 'vacía', locked: 'bajo llave', unlocked: 'abierta' },
  kitPending: 'Falta anotar las palabras de recuperación (recovery seen).',
  joining: (id: string, delivered: boolean) =>
    `Solicitud ${id}: ${delivered ? 'espera en un relevo' : 'todavía no llega a un relevo'}`,
  storageFailing: 'AVISO: el disco no deja guardar.',
  governance: {
    waits: 'Queda propuesto: cuenta cuando las otras coordinadoras lo confirmen (cosign).',
    roleSet: (alias: string, role: string) => `${alias}: ${role}.`,
    suspended: 'Suspendido: desde ahora no lee ni escribe nada nuevo.',
    resumed: 'Otra vez activo.',
    saidYes: 'Dijo que sí.',
    saidNo: 'Dijo que no.',
    renewed: (spaces: number) => `Llaves nuevas en ${spaces} ${spaces === 1 ? 'espacio' : 'espacios'}.`,
    continued: (name: string, id: string) =>
      `«${name}» sigue a este espacio: ${id}. Cada quien acepta por su cuenta (follow).`,
    followed: 'Pidió entrar. Entra cuando el aparato de quien lo anunció la vea.',
    yes: 'sí',
    no: 'no',
    devices: { active: 'activo', suspended: 'suspendido', removed: 'quitado' },
    effects: { waiting: 'espera', void: 'sin efecto' },
    whats: {
      create: 'funda',
      admit: 'admite a',
      'add-device': 'suma un aparato',
      'rotate-device': 'renueva las llaves de su aparato',
      suspend: 'suspende un aparato de',
      resume: 'reanuda un aparato de',
      remove: 'saca a',
      'set-role': 'cambia el papel de',
      cosign: 'opina sobre',
      'set-relays': 'pone los relevos',
      successor: 'anuncia que el trabajo sigue en otro espacio',
    },
    pending: (id: string, what: string, have: number, needed: number) =>
      `espera decisión ${id}: ${what} (${have} de ${needed})`,
    warning: (text: string) => `AVISO: ${text}`,
    successor: (alias: string, id: string) => `${alias} anuncia que el trabajo sigue en otro espacio (follow ${id})`,
    warnings: {
      twoVersions: (alias: string, device: string) =>
        `el aparato ${device} de ${alias} dijo dos cosas distintas: hay una copia suya, o volvió de un respaldo`,
      noCoordinator: 'no queda quien decida: solo un espacio nuevo sigue (continue)',
      keysMissing: 'la llave en uso no ha llegado: lo escrito espera aquí',
      away: (since: string, still: number) =>
        `sin noticias desde ${since}: lo escrito espera a que lo confirmen ${still} personas más, o una semana al día`,
    },
  },
  events: {
    watching: 'Atenta. Termine con Ctrl+C.',
    stopped: 'Todo guardado.',
    relay: 'relevo',
    'in-step': 'al día',
    space: 'espacio nuevo',
    standing: 'espacio',
    joined: 'entró',
    left: 'salió',
    knock: 'pide entrar',
    document: 'documento nuevo',
    changed: 'cambió',
    epoch: 'llaves nuevas',
    pending: 'espera decisión',
    warning: 'aviso',
    successor: 'el trabajo sigue en otro espacio',
    'storage-failing': 'el disco no deja guardar',
  },
} as const

/** The shape of `es`, with any text in the place of its texts: what every language has to say. */
type Loose<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : T extends readonly string[]
      ? readonly string[]
      : { readonly [K in keyof T]: Loose<T[K]> }
export type Words = Loose<typeof es>
