// Spanish words of the carriers: relays, two devices nearby, a file by hand, and what lies where. Infinitives, without tú or usted;
// feminine plural. What happened, what is safe, what to do; where something cannot be known from here, it says so.
import { plurals } from './core.ts'

const p = plurals('es')

export const carriersEs = {
  // Where things are
  whereTitle: 'Dónde está lo escrito',
  whereOpen: 'Qué quiere decir',
  withPeople: (have: number, of: number) => `Con ${have} de ${of} personas`,
  withPeopleNone: 'Con nadie más por ahora',
  withPeopleShort: (have: number, of: number) => `${have} de ${of}`,
  withPeopleWord: (of: number) => p(of, { one: 'persona', other: 'personas' }),
  withPeopleAlone: 'Solo yo',
  withPeopleAloneWord: 'por ahora',
  onRelays: (have: number, of: number) =>
    have === of ? p(of, { one: 'en # relevo', other: 'en # relevos' }) : `en ${have} de ${of} relevos`,
  onRelaysNone: 'sin relevo',
  onRelaysShort: (have: number, of: number) => (have === of ? String(of) : `${have} de ${of}`),
  where_here: 'Aquí, guardado',
  where_hereWhat: 'En este aparato, cerrado con la frase secreta.',
  where_peopleWhat:
    'Ellas dijeron, con su firma, que tienen todo lo que hay aquí. No me cuenta a mí, y no quiere decir que lo hayan leído. Otras pueden tenerlo y no haberlo dicho todavía.',
  where_aloneWhat: 'Todavía no hay nadie más en este espacio. Si este aparato se pierde, se pierde lo escrito.',
  where_relaysWhat:
    'Relevos que dijeron que guardaron todo lo escrito aquí. Un relevo puede fallar, o decir algo que no es cierto: por eso se cuenta aparte de las personas.',
  where_noRelaysWhat:
    'No hay relevo. Lo escrito llega a las demás al conectar cerca, o en un archivo llevado en la mano.',
  where_toSend: (n: number) => (n === 0 ? 'Nada por enviar' : `Por enviar ${n}`),
  where_toSendWhat: 'Lo escrito aquí que todavía ningún relevo dijo tener. Sale solo cuando haya conexión.',
  heldBack: 'Una parte no se abre aquí',
  heldBackTitle: 'Algo en este documento no se puede abrir aquí todavía',
  heldBackWhat:
    'Está guardado completo y no se pierde. Puede venir de una versión más nueva de Telar: se intenta otra vez después de cada actualización. Lo demás se lee y se escribe como siempre.',
  progressIn: (n: number, of: number) => `Llegando: ${n} de ${of}`,
  progressOut: (n: number, of: number) => `Enviando: ${n} de ${of}`,
  progressLabel: 'Lo que ya pasó',

  // Relays
  relayTrouble_forgot: 'Este relevo perdió cosas que había guardado',
  relayTrouble_forgotWhat:
    'Pudo ser una falla, un respaldo viejo, o que alguien lo tocó; desde aquí no se sabe. Aquí está todo, y se le vuelve a dar lo que le falta.',
  relayTrouble_forgotDo: 'Avisar a quien lo cuida. Si se repite, conviene tener otro relevo además de este.',
  relayTrouble_withholds: 'Este relevo no entrega algo que otras ya firmaron',
  relayTrouble_withholdsWhat:
    'Puede ser que ellas todavía no se lo hayan enviado, o que lo tenga y no lo entregue. Desde aquí no se puede saber cuál de las dos. Lo que ya está aquí sigue completo.',
  relayTrouble_withholdsDo: 'Para recibirlo por otro camino: conectar cerca, pedir un archivo, o añadir otro relevo.',
  relayTrouble_garbage: 'Este relevo dio cosas que no son de nadie',
  relayTrouble_garbageWhat:
    'Se dejaron fuera: nada de eso entró en los documentos. Puede estar descompuesto, o en otras manos. Aquí todo sigue igual.',
  relayTrouble_garbageDo: 'Avisar por otra vía a quien lo cuida, y añadir otro relevo.',
  relayTrouble_full: 'Este relevo ya no recibe más',
  relayTrouble_fullWhat: 'Está lleno, o alguien lo llenó a propósito. Lo escrito está guardado aquí y espera su turno.',
  relayTrouble_fullDo: 'Pedir más lugar a quien lo cuida, o añadir otro relevo.',
  relayChip_forgot: 'Perdió cosas',
  relayChip_withholds: 'No entrega todo',
  relayChip_garbage: 'Da cosas ajenas',
  relayChip_full: 'Lleno',
  relayOnlyHere: 'Solo en este aparato',
  relayForAll: 'Ponerlo para todas',
  relayForAllDone: 'Las demás lo conocerán en cuanto les llegue.',
  relayFor: 'Para quién',
  relayFor_everybody: 'Para todas',
  relayFor_everybodyWhat: 'Las demás lo reciben con el espacio, sin hacer nada',
  relayFor_mine: 'Solo para este aparato',
  relayFor_mineWhat: 'Mientras se prueba, o mientras coordinación decide',
  relayMineWhat: 'Se usa solo en este aparato. Para que sea de todas, lo añade quien coordina.',
  relayAdded: 'Relevo añadido. Se está conectando.',
  relayRemoveLast:
    'Es el único. Sin relevo, lo escrito se queda aquí y viaja al conectar cerca o en un archivo. Se puede añadir otro después.',
  relayShare: 'Dar este relevo a una compañera',
  relayShareNamed: (host: string) => `Dar este relevo a una compañera: ${host}`,
  relayShareWhat:
    'Para quien ya está en el espacio y no lo encuentra. El enlace dice dónde está el relevo; no dice el nombre del espacio, no deja entrar a nadie y no abre nada.',
  relayQr: 'Código del relevo, para escanear',
  relayFile: 'relevo',
  takeRelay: 'Usar un relevo que me dieron',
  takeRelayWhat: 'Con el código o el enlace de una compañera',
  takeRelayLong:
    'Sirve para volver a encontrar los espacios donde ya se está, por otro relevo. No sirve para entrar a un espacio nuevo.',
  takeRelayRead: 'Usar este relevo',
  takeRelayDone: (host: string) => `Se usa ${host}`,
  takeRelayIn: 'En estos espacios',
  takeRelayDoneWhat:
    'Por ahora, solo en este aparato. Si trae lo de las demás, quien coordina puede ponerlo para todas.',
  relayLinkWaits: 'Hay un relevo por usar',
  lostNone: 'Ningún relevo contesta.',
  lostSince: (when: string) => `Al día por última vez: ${when}.`,
  lostSafe: 'No se perdió nada: todo está guardado en este aparato.',
  lostSafeWith: (have: number, of: number) =>
    `No se perdió nada: todo está guardado aquí, y con ${have} de ${of} personas.`,
  lostSealed: 'Quien tenga el equipo del relevo no puede leer lo que guarda.',
  lostStill: 'Lo que sigue funcionando',
  lostStill1: 'Leer y escribir todo lo que ya está aquí.',
  lostStill2: 'Conectar con una compañera que esté cerca, sin Internet.',
  lostStill3: 'Llevar todo, o solo lo nuevo, en un archivo.',
  lostDo: 'Si no vuelve',
  lostDoDecide: 'Añadir otro relevo una sola vez, para todas. Este aparato le da todo lo que tiene.',
  lostDoAsk: 'Pedir a quien coordina que añada otro. Llega solo, o con su código o enlace.',
  otherWays: 'Otros caminos',

  // Nearby
  near: 'Conectar cerca',
  nearWhat: 'Dos aparatos juntos, sin Internet y sin relevo',
  nearLead:
    'Dos aparatos juntos, sin Internet y sin relevo: uno muestra un código y el otro lo lee; después al revés. Luego se dan lo que le falta a cada uno, y se puede escribir juntas.',
  nearStep1: 'Estar en la misma red',
  nearStep1What:
    'El mismo Wi-Fi, aunque no tenga Internet; o uno comparte su conexión (punto de acceso) y el otro se une. Sin una red en común no se encuentran.',
  nearStep2: 'Abrir esta pantalla en los dos',
  nearStep2What: 'Conexiones, «Conectar cerca». Los dos deben estar ya en un mismo espacio.',
  nearStep3: 'Uno empieza',
  nearStep3What: 'El que empieza muestra primero; el otro lee primero.',
  nearBegin: 'Mostrar primero',
  nearReadFirst: 'Leer primero',
  nearMaking: 'Preparando el código…',
  nearShowTitle: 'Primero: que lean este código',
  nearShowWhat: 'La otra elige «Leer primero» y lo escanea. También se puede copiar y pasar por mensaje.',
  nearThenRead: 'Después: leer el de la otra',
  nearThenReadWhat: 'En cuanto lo lea, su aparato muestra otro código.',
  nearReadTitle: 'Primero: leer el código de la otra',
  nearReadWhat: 'En su aparato está en la pantalla, después de elegir «Mostrar primero».',
  nearReplyTitle: 'Después: que lean este',
  nearReplyWhat: 'La otra lo escanea, y se conectan solas. Dejar esta pantalla abierta.',
  nearScan: 'Escanear su código',
  nearCode: 'Código para conectar cerca, para escanear',
  nearConnecting: 'Conectando…',
  nearConnectingWhat: 'Suele tardar unos segundos.',
  nearConnected: (who: string) => (who === '' ? 'Conectada' : `Conectada con ${who}`),
  nearConnectedWhat: 'Se están dando lo que le falta a cada una.',
  nearUnknown: 'Todavía no dice quién es. Solo se pasa lo de los espacios donde están las dos.',
  nearInStep: (who: string) => (who === '' ? 'Al día las dos' : `Al día con ${who}`),
  nearInStepWhat: 'Las dos tienen lo mismo. Lo que se escriba pasa al momento mientras sigan cerca.',
  nearSpaces: 'En común',
  nearNoSpaces: 'Ningún espacio en común por ahora.',
  nearGo: 'Ir a escribir',
  nearEnd: 'Terminar la conexión',
  nearEndNamed: (who: string) => `Terminar la conexión con ${who}`,
  nearEnded: 'La conexión terminó',
  nearEndedWhat: 'Lo que alcanzó a pasar está guardado. Se puede conectar otra vez.',
  nearFailed: 'No se encontraron',
  nearFailedWhat:
    'Revisar que los dos estén en la misma red. Hay redes, sobre todo públicas, que no dejan que los aparatos se vean entre sí: entonces sirve el punto de acceso de uno de los dos.',
  nearAgain: 'Empezar otra vez',
  nearUnable: 'Este navegador no puede conectar cerca',
  nearUnableWhat: 'No tiene con qué, o está apagado. Lo mismo se puede llevar en un archivo.',
  nearOpen: 'Conectadas ahora',
  nearSomebody: 'Alguien cerca',
  nearBy_near: 'Por código',
  nearBy_whisper: 'Se encontraron solas',
  near_connecting: 'Conectando',
  near_connected: 'Conectada',
  'near_in-step': 'Al día',

  // By hand
  carry: 'Llevar en un archivo',
  carryWhat: 'En una memoria USB, o por el medio que haya',
  carryLead:
    'Un archivo lleva lo escrito de un aparato a otro, sin Internet y sin relevo. Va cerrado: solo lo abre quien está en el espacio.',
  carrySave: 'Guardar',
  carrySpace: 'De qué espacio',
  carryWhich: 'Qué lleva',
  carryAll: 'Todo',
  carryAllWhat: 'Sirve para cualquiera del espacio',
  carryFor: (who: string) => `Solo lo nuevo para ${who}`,
  carryForWhat: (when: string) => `Lo que le faltaba según su archivo, abierto aquí ${when}`,
  carryForHow: 'Para llevar solo lo nuevo a alguien, abrir antes un archivo suyo.',
  carrySaveDo: 'Guardar el archivo',
  carrySaving: 'Preparando el archivo…',
  carrySaved: (n: number, size: string) =>
    p(n, { one: `Archivo guardado: # cambio, ${size}`, other: `Archivo guardado: # cambios, ${size}` }),
  carrySavedNone: 'No había nada nuevo que llevar',
  carrySavedWhat: (name: string) => `Se llama ${name}. El nombre no dice de quién es ni qué lleva.`,
  carryLimits:
    'Quien encuentre el archivo sabe que es de Telar y cuánto pesa; no puede leerlo. Al terminar, borrarlo de la memoria y de las descargas.',
  carryOpen: 'Abrir',
  carryOpenWhat: 'Un archivo que guardó una compañera, u otro aparato mío.',
  carryOpenDo: 'Elegir el archivo',
  carryDrop: 'o soltarlo aquí',
  carryOpening: 'Abriendo el archivo…',
  carryFresh: (n: number, who: string) =>
    who === ''
      ? p(n, { one: '# cambio nuevo', other: '# cambios nuevos' })
      : p(n, { one: `# cambio nuevo, del archivo de ${who}`, other: `# cambios nuevos, del archivo de ${who}` }),
  carryNothing: 'Nada nuevo: ya estaba todo aquí',
  carrySealed: 'Hace falta una llave que todavía no llega',
  carrySealedMore:
    'Lo demás está cerrado con una llave que todavía no llega a este aparato. Abrirlo otra vez cuando llegue.',
  carryCut: 'El archivo venía cortado o dañado',
  carryCutMore: 'Venía cortado o dañado: se tomó lo que estaba entero. Conviene pedirlo otra vez.',
  carryInto: (space: string) => `En ${space}.`,
  carrySavedAt: (when: string) => `Se guardó ${when}.`,
  carryUnknown: 'No dice quién lo guardó.',
  carryTooLarge: 'El archivo es más grande de lo que se puede abrir aquí. Nada cambió.',

  // Words of Telar
  works4: 'Conectar con una compañera que esté cerca, o llevarle un archivo.',
  g_near: 'Conectar cerca',
  g_near_what: 'Unir dos aparatos que están en la misma red, sin Internet y sin relevo, con un código de cada uno.',
  g_carry: 'Archivo para llevar',
  g_carry_what: 'Todo lo de un espacio, o solo lo nuevo, cerrado, para pasarlo a mano. No es una copia para leer.',
  g_withPeople: 'Con 4 de 11 personas',
  g_withPeople_what:
    'Cuántas dijeron, con su firma, que tienen todo. Se cuenta aparte de los relevos, porque un relevo puede perder lo que guarda.',
}
