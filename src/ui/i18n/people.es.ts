// Spanish words about people, devices, decisions and what went wrong. Infinitives, without tú or usted; feminine plural.
// Says what happened, what is safe, what to do; never an alarm.
import { plurals } from './core.ts'

const p = plurals('es')
const names = new Intl.ListFormat('es', { type: 'conjunction' })

export const peopleEs = {
  // People of a space
  somebodyIn: 'alguien',
  Somebody: 'Alguien',
  searchPeople: 'Buscar por alias',
  nobodyFound: 'Nadie con ese alias.',
  shownOf: (shown: number, all: number) => `Se muestran ${shown} de ${all}.`,
  showMore: 'Mostrar más',
  takesPlace: (who: string) => `Viene en el lugar de ${who}`,
  takesPlaceWhat: (who: string) =>
    `Dijo que perdió todo. Al entrar, lo de antes de ${who} queda fuera. Comparar las palabras en persona o por llamada, con quien se conoce de verdad.`,
  goneOnes: 'Ya no están',
  goneOne: 'Ya no está',
  goneOnesWhat: 'No les llega nada nuevo. Conservan lo que alcanzaron a leer.',
  onlyCoordinatorsDecide: 'Invitan, sacan y suspenden quienes coordinan.',
  myPowersRest: 'Mi palabra descansa por ahora',
  myPowersRestWhat:
    'Leer y escribir sigue igual. Invitar, sacar o suspender, no, hasta que las otras coordinadoras contesten lo que está por decidir.',
  herPowersRest: 'Su palabra descansa',
  herPowersRestWhat: (who: string) =>
    `${who} lee y escribe como siempre. Invitar, sacar o suspender, no, hasta que otras coordinadoras contesten.`,
  since: (when: string) => `En el espacio desde el ${when}`,
  leftOn: (when: string) => `Salió el ${when}`,
  founder: 'Empezó este espacio',
  letInBy: (who: string) => `La dejó entrar ${who}`,
  noSuchPerson: 'Esa persona no está aquí',
  noSuchPersonWhat: 'Puede que la noticia venga todavía en camino.',

  // Devices
  herDevices: 'Sus aparatos',
  unnamedDevice: 'Aparato',
  oneDevice: 'Un aparato',
  deviceAdded: (when: string) => `Agregado el ${when}`,
  deviceSeen: (when: string) => `Escribió: ${when}`,
  deviceUnseen: 'Aún no escribe nada',
  deviceFlagged: 'Dijo dos cosas distintas',
  nameDevice: 'Nombrar',
  nameDeviceNamed: (which: string) => `Nombrar ${which}`,
  nameOfDevice: 'Nombre del aparato',
  nameOfDeviceHint: 'Lo ven las personas de este espacio. Mejor algo corriente: «Teléfono», «Computadora».',
  deviceNamed: 'Nombre guardado.',
  suspend: 'Suspender',
  suspendNamed: (which: string) => `Suspender ${which}`,
  suspendTitle: (which: string, whose: string) =>
    whose === '' ? `Suspender «${which}»` : `Suspender «${which}», de ${whose}`,
  suspendUnnamed: (whose: string) => (whose === '' ? 'Suspender un aparato mío' : `Suspender un aparato de ${whose}`),
  suspendAll: (n: number, whose: string) => `Suspender ${p(n, { one: '# aparato', other: '# aparatos' })} de ${whose}`,
  suspendDoes: 'Desde ahora no le llega nada nuevo, y lo que se escriba en él ya no cuenta.',
  suspendKeys: 'La llave cambia en este momento: lo nuevo no se abre con la que tenía.',
  suspendOffline: 'Quien esté sin conexión se entera al conectarse; hasta entonces escribe con la llave anterior.',
  suspendNot:
    'Lo que ya estaba en él no se puede borrar desde aquí. Está cerrado con la frase secreta, salvo que lo hayan tomado abierto.',
  suspendLift:
    'Se puede deshacer: lo reanuda cualquiera que coordine, cuando el aparato esté otra vez en buenas manos.',
  suspendLiftOther: 'Se puede deshacer: lo reanuda otra coordinadora, cuando el aparato esté otra vez en buenas manos.',
  suspendCoordinator: (who: string) =>
    `${who} coordina, y una sola coordinadora no decide sobre otra: el aparato se suspende ya, y hasta que una tercera conteste no podré invitar, sacar ni suspender.`,
  suspendOnly: (who: string) =>
    `Es su único aparato aquí. Para volver, ${who} necesita su kit de recuperación o una invitación nueva.`,
  suspendNow: 'Suspender ahora',
  suspendedNow: 'Suspendido. La llave cambió.',
  resume: 'Reanudar',
  resumeNamed: (which: string) => `Reanudar ${which}`,
  resumeTitle: (which: string, whose: string) =>
    whose === '' ? `Reanudar «${which}»` : `Reanudar «${which}», de ${whose}`,
  resumeUnnamed: (whose: string) => (whose === '' ? 'Reanudar un aparato mío' : `Reanudar un aparato de ${whose}`),
  resumeDoes: 'Vuelve a recibir y a escribir, con la llave de ahora.',
  resumeCare:
    'Solo si está otra vez en sus manos y nadie más lo abrió. Si hay duda, mejor un aparato nuevo: este puede seguir suspendido.',
  resumeNow: 'Sí, reanudar',
  resumedNow: 'Reanudado.',
  renewKeys: 'Renovar las llaves de este aparato',
  renewShort: 'Si alguien pudo copiar lo guardado aquí',
  renewWhat:
    'Sirve cuando alguien tuvo este aparato en las manos o pudo copiar lo guardado. Lo que una copia podía abrir hasta hoy, lo podrá abrir siempre; lo que se escriba desde ahora, no.',
  renewCare:
    'No basta si el aparato tiene un programa espía, o si quien copió sabe la frase secreta: entonces cambiar también la frase, o usar otro aparato.',
  renewUsed:
    'Quien usa una copia puede hacerse pasar por este aparato. Si en «Lo que cambió» aparece una renovación que nadie de aquí hizo, hay que suspender el aparato.',
  renewHere: 'En este espacio',
  renewAll: 'En todos mis espacios',
  renewNow: 'Renovar ahora',
  renewed: (n: number) => p(n, { one: 'Llaves renovadas en # espacio.', other: 'Llaves renovadas en # espacios.' }),

  // What somebody may do
  whatMayDoHer: 'Lo que puede hacer',
  changeRole: 'Cambiar lo que puede hacer',
  changeRoleTitle: (who: string) => `Lo que puede hacer ${who}`,
  whatICanDo: 'Lo que puedo hacer',
  stepDown: 'Cambiar lo que puedo hacer',
  roleNow: 'Ahora',
  roleByMajority: (needed: number, of: number) =>
    `Hace falta la mayoría de quienes coordinan: ${needed} de ${of}. Proponerlo ya cuenta como un sí; hasta que se junten, nada cambia.`,
  roleByOthers: (needed: number, of: number) =>
    `Hace falta la mayoría de las otras coordinadoras: ${needed} de ${of}. Proponerlo ya cuenta como un sí; hasta que se junten, nada cambia.`,
  roleImpossible:
    'Para que alguien deje de coordinar hacen falta al menos otras dos coordinadoras. Mientras tanto, solo puede dejarlo ella misma.',
  stepDownCare: 'Para volver a lo de antes, tendrá que decidirlo quien coordine.',
  stepDownLast:
    'Nadie más coordina: después, nadie podrá invitar, sacar ni suspender. Antes conviene que otra coordine.',
  changeNow: 'Cambiar',
  proposeNow: 'Proponer',
  roleChanged: 'Cambiado.',
  roleProposed: 'Propuesto. Falta la palabra de las demás.',

  // Help to come back
  helpHer: (who: string) => `Ayudar a ${who}`,
  herPhoneLost: 'Se perdió su teléfono',
  herPhoneLostWhat: 'Suspenderlo ya',
  withHerKit: 'Volver con su kit',
  withHerKitWhat: 'Tiene un aparato nuevo y sus doce palabras',
  lostAll: 'Perdió todo',
  lostAllWhat: 'Ni aparato ni kit: invitarla de nuevo en su lugar',
  anotherDevice: 'Traer otro aparato mío',
  anotherDeviceWhat: 'Un teléfono o una computadora más',

  // Taking somebody out, leaving
  removeTitle: (who: string) => (who === '' ? 'Sacar a esta persona' : `Sacar a ${who}`),
  removeDoes: (who: string) => `La llave cambia. ${who} no podrá leer nada que se escriba desde ahora.`,
  removeStays: (who: string) =>
    `${who} ya leyó lo anterior. Lo compartido hasta ahora se queda con ella: desde aquí no se puede borrar.`,
  removeWritten: 'Lo que escribió y ya llegó a las demás sigue en los documentos.',
  removeOffline: 'Quien esté sin conexión se entera al conectarse; hasta entonces escribe con la llave anterior.',
  removeSeen: 'Las demás verán que salió. Para volver hace falta otra invitación.',
  removeByOthers: (needed: number, of: number) =>
    `Como coordina, hace falta la mayoría de las otras coordinadoras: ${needed} de ${of}. Hasta que se junten sigue dentro, leyendo y escribiendo.`,
  removeImpossible:
    'Para sacar a quien coordina hacen falta al menos otras dos coordinadoras. Si su teléfono está en malas manos, se puede suspender.',
  removeSure: (who: string) => `¿Sacar a ${who} ahora?`,
  removePropose: (who: string) => `¿Proponer que ${who} salga?`,
  removeNow: 'Sí, sacar',
  removeProposeNow: 'Sí, proponer',
  keepHer: 'Que se quede',
  removedNow: (who: string) => `${who} salió. La llave cambió.`,
  removeProposed: (who: string) => `Propuesto. ${who} sigue dentro hasta que las demás lo digan.`,
  leave: 'Salir de este espacio',
  leaveDoes: 'Deja de llegar lo nuevo: la llave cambia, y este lugar ya no la recibe.',
  leaveStays: 'Lo que ya está en este aparato se queda y se puede leer. Lo escrito hasta ahora sigue con las demás.',
  leaveSeen: 'Las demás verán la salida. Para volver hace falta otra invitación.',
  leaveSure: '¿Salir ahora?',
  leaveNow: 'Sí, salir',
  goOut: 'Salir',
  stay: 'Quedarse',
  leftNow: 'Listo. Lo que había se puede seguir leyendo.',

  // What waits for the word of others
  needsOthers: 'Hace falta la palabra de otras',
  willRest: 'Mi palabra va a descansar',
  decisions: 'Por decidir entre coordinadoras',
  decisionsWait: (n: number) => p(n, { one: '# cosa por decidir', other: '# cosas por decidir' }),
  propose_remove: (by: string, who: string) => `${by} propone sacar a ${who}`,
  propose_coordinator: (by: string, who: string) => `${by} propone que ${who} coordine`,
  propose_editor: (by: string, who: string) => `${by} propone que ${who} deje de coordinar y escriba`,
  propose_reader: (by: string, who: string) => `${by} propone que ${who} deje de coordinar y lea`,
  propose_suspend: (by: string, who: string) => `${by} suspendió un aparato de ${who}`,
  propose_suspend_own: (by: string) => `${by} suspendió un aparato suyo`,
  dispute_remove: (by: string, who: string) => `En disputa: ${by} sacó a ${who}`,
  dispute_editor: (by: string, who: string) => `En disputa: ${by} hizo que ${who} dejara de coordinar`,
  dispute_reader: (by: string, who: string) => `En disputa: ${by} hizo que ${who} dejara de coordinar`,
  dispute_suspend: (by: string, who: string) => `En disputa: ${by} suspendió un aparato de ${who}`,
  why_majority: 'Todavía no cuenta: vale cuando lo diga la mayoría de quienes coordinan.',
  why_suspension: (by: string) =>
    `El aparato ya está suspendido. Como las dos coordinan, la palabra de ${by} descansa hasta que otra coordinadora conteste.`,
  why_suspension_own: (by: string) =>
    `El aparato ya está suspendido. Conviene comprobar por otra vía que fue ${by}: si alguien más lo hizo desde un teléfono robado, decir que no.`,
  why_dispute:
    'Dos que coordinan se quitaron la palabra una a la otra al mismo tiempo. Nada de eso cuenta hasta que decidan las demás; mientras, la palabra de las dos descansa.',

  votesWhat: (have: number, needed: number) => {
    if (needed <= have) return `Van ${have} de ${needed}.`
    return needed - have === 1
      ? `Van ${have} de ${needed}: falta una.`
      : `Van ${have} de ${needed}: faltan ${needed - have}.`
  },
  saidYes: 'De acuerdo',
  saidNo: 'No',
  notSaid: 'Falta su palabra',
  agree: 'De acuerdo',
  disagree: 'No',
  agreeTo: (what: string) => `De acuerdo: ${what}`,
  disagreeWith: (what: string) => `No: ${what}`,
  means_majority_yes: 'Decir que sí cuenta como voto y no se puede retirar.',
  means_majority_no: 'Decir que no queda a la vista de todas. Más adelante se puede decir que sí.',
  means_suspension_yes: (by: string) => `Con un sí, el aparato sigue suspendido y ${by} recupera su palabra.`,
  means_suspension_no: (by: string) =>
    `Con un no, el aparato vuelve a funcionar y la palabra de ${by} sigue en descanso.`,
  means_suspension_own_yes: 'Con un sí queda confirmado: el aparato sigue suspendido.',
  means_suspension_own_no: 'Con un no, la suspensión no vale y el aparato vuelve a funcionar.',
  means_dispute_yes: (by: string) => `Con un sí se apoya lo que hizo ${by}. No se puede retirar.`,
  means_dispute_no: (by: string) => `Con un no, lo que hizo ${by} no vale si la mayoría dice lo mismo.`,
  sayYes: 'Sí, estoy de acuerdo',
  sayNo: 'Sí, digo que no',
  notNow: 'Todavía no',
  mine_yes: 'Mi palabra: de acuerdo.',
  mine_no: 'Mi palabra: no.',
  mine_none: 'Lo deciden otras coordinadoras.',
  wordGiven: 'Dicho. Las demás lo verán al conectarse.',
  myWordMissing: 'falta mi palabra',
  seeWhatToDo: 'Qué pasó y qué hacer',

  // Warnings
  warnings: 'Avisos',
  'warn_two-versions': (who: string) => `Un aparato de ${who} dijo dos cosas distintas`,
  'warn_two-versions_mine': 'Un aparato mío dijo dos cosas distintas',
  'warn_two-versions_this': 'Este aparato dijo dos cosas distintas',
  'warn_two-versions_what':
    'Pasa con una copia del teléfono, o con un respaldo viejo que se volvió a poner. Nada se pierde: lo escrito está aquí y los documentos siguen.',
  'warn_two-versions_do': (who: string) =>
    `Preguntar a ${who} por otra vía si puso un respaldo. Si fue así, basta con que renueve sus llaves. Si no, alguien más puede tener una copia: suspender el aparato.`,
  'warn_two-versions_do_mine':
    'Si se puso un respaldo viejo, basta con renovar las llaves. Si no, alguien puede tener una copia: suspender ese aparato y avisar a quien coordina.',
  'warn_two-versions_stays':
    'El aviso sigue mientras ese aparato esté activo aquí: renovar las llaves no deshace lo que pasó. Se va cuando se suspende, o cuando su dueña sale.',
  talkedOver: 'Ya está hablado',
  talkedOverSaid: 'Quitado de aquí hasta volver a abrir Telar. Sigue en la pantalla de la persona.',
  'warn_no-coordinator': 'Ya nadie coordina este espacio',
  'warn_no-coordinator_what':
    'Se lee y se escribe como siempre. Pero nadie puede invitar, sacar ni suspender, y eso ya no se recupera aquí.',
  'warn_no-coordinator_do': 'Cualquiera puede abrir un espacio nuevo con los mismos documentos e invitar a las demás.',
  continueElsewhere: 'Seguir en un espacio nuevo',
  'warn_keys-missing': 'La llave nueva viene en camino',
  'warn_keys-missing_what':
    'La llave cambió y todavía no llega a este aparato. Lo que se escriba se guarda aquí y sale en cuanto llegue: no se pierde nada.',
  'warn_keys-missing_do': 'Suele llegar sola cuando se conecta una compañera. Si tarda, pedirle a una que abra Telar.',
  warn_away: 'Después de mucho tiempo sin conexión',
  warn_away_what: (when: string) =>
    `Este aparato no sabía de las demás desde el ${when}. Antes de enviar lo escrito aquí, comprueba que la llave sigue siendo la del espacio.`,
  warn_away_do: (still: number) =>
    p(still, {
      one: 'Falta que # persona más lo confirme; pasa solo cuando se conecte. Si nadie puede, la espera termina sola tras una semana al día con el relevo. Lo escrito está guardado.',
      other:
        'Falta que # personas más lo confirmen; pasa solo cuando se conecten. Si nadie puede, la espera termina sola tras una semana al día con el relevo. Lo escrito está guardado.',
    }),
  suspendedHere: 'Este aparato está suspendido aquí',
  suspendedHereWhat:
    'Lo suspendió quien coordina, u otro aparato de la misma persona. Lo que ya estaba se puede leer; no llega nada nuevo y lo que se escriba no sale.',
  suspendedHereDo: (who: readonly string[]) =>
    `Si está en buenas manos, pedir que lo reanuden, por llamada o en persona: ${names.format(who)}.`,
  suspendedHereAlone: 'Nadie más coordina aquí. Otra compañera puede seguir en un espacio nuevo.',

  // History of a space
  history: 'Lo que cambió',
  historyWhat: 'Quién entró, salió o cambió, y quién lo decidió',
  historyEverybody: 'De todas',
  historyFilter: 'De quién',
  historyEmpty: 'Nada todavía.',
  historyClocks: 'Las horas son las del aparato de quien lo hizo: pueden no ser exactas.',
  historyFailed: 'No se pudo leer la historia. Lo guardado sigue aquí.',
  herHistory: 'Lo que hizo y lo que cambió de ella',
  myHistory: 'Lo que hice y lo que cambió de mí',
  waitsForOthers: 'Espera a otras',
  doesNotCount: 'No cuenta',
  h_create: (by: string) => `${by} empezó el espacio`,
  h_admit: (by: string, who: string) => `${by} dejó entrar a ${who}`,
  'h_add-device': (by: string, which: string) => `${by} agregó un aparato: ${which}`,
  'h_rotate-device': (by: string) => `${by} renovó las llaves de su aparato`,
  h_suspend: (by: string, who: string) => `${by} suspendió un aparato de ${who}`,
  h_suspend_own: (by: string) => `${by} suspendió un aparato suyo`,
  h_resume: (by: string, who: string) => `${by} reanudó un aparato de ${who}`,
  h_resume_own: (by: string) => `${by} reanudó un aparato suyo`,
  h_remove: (by: string, who: string) => `${by} sacó a ${who}`,
  h_remove_own: (by: string) => `${by} salió del espacio`,
  h_remove_waiting: (by: string, who: string) => `${by} propuso sacar a ${who}`,
  h_role_coordinator: (by: string, who: string) => `${by} puso a ${who} a coordinar`,
  h_role_editor: (by: string, who: string) => `${by} puso a ${who} a escribir`,
  h_role_reader: (by: string, who: string) => `${by} puso a ${who} solo a leer`,
  h_role_own_coordinator: (by: string) => `${by} pasó a coordinar`,
  h_role_own_editor: (by: string) => `${by} pasó a escribir`,
  h_role_own_reader: (by: string) => `${by} pasó a solo leer`,
  h_role_waiting_coordinator: (by: string, who: string) => `${by} propuso que ${who} coordine`,
  h_role_waiting_editor: (by: string, who: string) => `${by} propuso que ${who} deje de coordinar y escriba`,
  h_role_waiting_reader: (by: string, who: string) => `${by} propuso que ${who} deje de coordinar y lea`,
  h_cosign_yes: (by: string, what: string) => `${by} dijo que sí: ${what}`,
  h_cosign_no: (by: string, what: string) => `${by} dijo que no: ${what}`,
  'h_set-relays': (by: string) => `${by} cambió los relevos`,
  h_successor: (by: string) => `${by} abrió un espacio nuevo para seguir`,
  about_remove: (who: string) => `sacar a ${who}`,
  about_coordinator: (who: string) => `que ${who} coordine`,
  about_editor: (who: string) => `que ${who} escriba`,
  about_reader: (who: string) => `que ${who} solo lea`,
  about_suspend: (who: string) => `suspender un aparato de ${who}`,
  about_other: (who: string) => `algo sobre ${who}`,
  noRelayLeft: 'Sin relevo',
  'reason_ME-4': 'Falta una parte de lo que ese aparato hizo antes.',
  'reason_ME-5': 'Quien lo hizo ya no podía: no coordinaba, o su aparato estaba suspendido.',
  'reason_ME-6': 'No se entra así: con una invitación ya usada, o directo a coordinar.',
  'reason_ME-7': 'Ese aparato no era de ella, o ya estaba en el espacio.',
  'reason_ME-8': 'La llave era la misma de antes.',
  'reason_ME-9': 'Ese aparato no estaba activo, o una sola coordinadora no puede decidir eso.',
  'reason_ME-10': 'Esa persona ya no estaba.',
  'reason_ME-11': 'Ya podía hacer justo eso, o ya no estaba.',
  'reason_ME-12': 'No había mayoría que lo pudiera decidir.',
  'reason_ME-13': 'Lo hizo alguien a quien ya habían sacado o suspendido, o se apoya en algo que no cuenta.',
  'reason_ME-14': 'Las demás coordinadoras dijeron que no.',
  'reason_ME-15': 'Otra persona entró antes con lo mismo.',
  'reason_ME-16': 'Ese aparato dijo dos cosas distintas, y cuenta la otra.',
  reason_other: 'Las reglas del espacio no lo permiten.',

  // Words of Telar
  g_suspend: 'Suspender',
  g_suspend_what:
    'Dejar fuera un aparato perdido, al momento. Su dueña sigue siendo parte del espacio. Se puede deshacer: reanudar.',
  g_agree: 'De acuerdo',
  g_agree_what:
    'La palabra de una coordinadora sobre lo que otra propuso. Cuando se juntan las que hacen falta, cuenta. No se puede retirar.',
  g_rests: 'Su palabra descansa',
  g_rests_what:
    'Una coordinadora que lee y escribe como siempre y no invita, saca ni suspende, hasta que las otras contesten.',

  // A lost phone
  lost: 'Se perdió un teléfono',
  lostShort: 'Perdido, robado o en otras manos',
  lostWhose: '¿De quién era?',
  lostWhoseWhat: 'Se suspende al momento: desde ahora no le llega nada. Se puede deshacer.',
  lostMine: 'Mío',
  lostMineNone:
    'No hay otro aparato mío en estos espacios. Si el perdido era el único, lo suspende una compañera que coordine, desde el suyo.',
  lostHers: 'De otra persona',
  lostHersNone:
    'Los aparatos de otras personas los suspende quien coordina: avisar cuanto antes, por llamada o en persona.',
  lostAllOf: (n: number) => p(n, { one: 'Su aparato', other: 'Sus # aparatos' }),
  lostWhere: 'Dónde',
  lostWhich: 'Cuáles',
  lostIn: (where: string) => `En ${where}`,
  lostWhereNone: 'Escoger por lo menos un espacio.',
  lostOtherSpaces: 'En otros espacios puede tener otro alias: hacerlo también allí.',
  lostDone: 'Suspendido',
  lostPartly: 'No se pudo en todos lados',
  lostFailed: (where: string, why: string) => `${where}: ${why}`,
  lostRetry: 'Intentar de nuevo',
  step_suspended: 'El aparato está suspendido',
  step_suspendedIn: (where: readonly string[]) => `En ${names.format(where)}. Ya no le llega nada nuevo.`,
  step_keys: 'La llave cambió',
  step_keysWhat: 'Lo que se escriba desde ahora no se abre con la que tenía. Lo que ya estaba en él, sí.',
  step_others: 'Falta que otra coordinadora conteste',
  step_othersWhat: 'Mientras tanto sigue suspendido, y mi palabra descansa en ese espacio.',
  step_tell: 'Avisar por otra vía',
  step_tellMine: 'Que las compañeras no hagan caso de lo que llegue de ese teléfono: mensajes, llamadas, enlaces.',
  step_tellHers: (who: string) =>
    `Que ${who} sepa que quedó suspendido, y que las demás no hagan caso de lo que llegue de ahí.`,
  step_phrase: 'Cambiar la frase secreta',
  step_phraseWhat: 'Si en ese teléfono se usaba la misma frase que aquí.',
  step_new: 'Traer un aparato nuevo',
  step_newWhat: 'Con este, en persona, cuando haya otro.',
  step_back: (who: string) => `Recibir a ${who} de nuevo`,
  step_backWhat: 'Con otro aparato suyo, con su kit, o con una invitación nueva.',
  step_resume: 'Si aparece',
  step_resumeWhat: 'Lo reanuda quien coordina, desde la lista de aparatos. Solo si nadie lo abrió.',
  seeHer: (who: string) => `Ver a ${who}`,

  // Errors
  'badInvitation_other-kind':
    'Ese enlace sirve para otra cosa. Pedir a quien lo dio que diga si es para entrar, para otro aparato o para volver.',
  error_UnknownDevice: 'Ese aparato ya no está en el espacio.',
  error_UnknownOperation: 'Eso ya se decidió, o todavía no llega aquí.',
  'badCode_not-a-code': 'Eso no es un código de Telar. Escanear o copiar el código completo.',
  'badCode_not-for-here': 'Ese código es para otro aparato, o ya nadie lo espera. Pedir que muestren uno nuevo.',
  badCode_damaged: 'Al código le falta una parte. Escanearlo o copiarlo otra vez, completo.',
  error_WrongKit: 'Esas palabras son de un kit, pero no del suyo. Revisar que el papel sea el de esta persona.',
  'badFile_not-a-file': 'Ese archivo no es de Telar. Nada cambió.',
  'badFile_newer-version':
    'Ese archivo es de una versión más nueva de Telar. Actualizar, y abrirlo de nuevo; aquí nada cambió.',
  'badFile_not-for-here': 'Ese archivo es para otro aparato, o de un espacio que no está aquí. Nada cambió.',
  badFile_damaged: 'El archivo está incompleto o dañado. Pedirlo de nuevo; aquí nada cambió.',
  error_NoKeysYet: 'Las llaves vienen en camino. Lo escrito está guardado aquí; se puede intentar de nuevo en un rato.',
}
