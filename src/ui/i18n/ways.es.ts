// Spanish words of the ways in: a second device, coming back with the kit, codes without a network, going on in a new space.
// Infinitives, without tú or usted; feminine plural. Says what happened, what is safe, what to do; never an alarm.
import { plurals } from './core.ts'

const p = plurals('es')

export const waysEs = {
  // First run
  newHere: 'Es la primera vez',
  alreadyIn: 'Ya estoy en una red',
  way_device: 'Ya tengo Telar en otro aparato',
  way_device_what: 'Usarla también desde este, con un código del otro',
  way_device_long:
    'Primero, un lugar en este aparato, con su propia frase secreta: puede ser otra que en el otro aparato. El kit será el mismo: no hay palabras nuevas que anotar.',
  way_return: 'Perdí mi teléfono',
  way_return_what: 'Volver con mi kit, las doce palabras, y un enlace de una compañera',
  way_return_long:
    'Primero, un lugar nuevo en este aparato, con una frase secreta nueva. Después se vuelve a los espacios con las doce palabras de antes, que seguirán siendo las mismas.',
  aliasHintNew: 'Para los espacios nuevos. En los de antes sigue el alias de siempre.',

  // A second device: the device that is in
  addDevice: 'Traer otro aparato',
  addDeviceTitle: 'Traer otro aparato mío',
  addDeviceWhat:
    'Otro teléfono o una computadora que también entra a mis espacios, con el mismo alias. Si uno se pierde, queda el otro.',
  addDeviceNone: 'Cuando haya un espacio, aquí se puede entrar a él desde otro aparato.',
  whichSpaces: 'A qué espacios entra',
  addDeviceSees: 'Llega todo lo de esos espacios',
  addDeviceSeesWhat:
    'Ese aparato podrá abrir todos sus documentos. Elegir solo uno propio, que no use nadie más. Las demás verán que hay un aparato nuevo.',
  makeCode: 'Hacer el código',
  linkShowTitle: 'Mostrar al otro aparato',
  linkQr: 'Código para el otro aparato, para escanear',
  linkFile: 'otro-aparato',
  linkFor: (n: number) => p(n, { one: 'Para un aparato mío · # espacio', other: 'Para un aparato mío · # espacios' }),
  linkStep1: 'Abrir Telar en el otro aparato',
  linkStep1What: 'Al empezar, elegir «Ya tengo Telar en otro aparato». Si ya hay un lugar ahí: Inicio, Crear o entrar.',
  linkStep2: 'Escanear este código',
  linkStep2What: 'O abrir el enlace o el archivo. Vale para un solo aparato.',
  linkStep3: 'Comparar ocho palabras',
  linkStep3What: 'Aparecen aquí en cuanto el otro pida entrar. Nada entra antes de compararlas.',
  linkWaiting: 'Esperando al otro aparato. Se puede cerrar esta pantalla: queda en Mi lugar.',
  cancelLink: 'Anular el código',
  linkCancelled: 'Código anulado: ya no abre nada.',
  linkGone: 'Este código ya no está abierto',
  linkGoneWhat: 'Se usó o se anuló. Se puede hacer otro.',
  makeAnother: 'Hacer otro',
  compareTitle: 'Comparar las ocho palabras',
  compareOwn: 'Mirar la pantalla del otro aparato. ¿Son las mismas ocho palabras, en el mismo orden?',
  compareOwnWhy: 'Si son las mismas, el aparato que pide entrar es el que está enfrente y nadie está en medio.',
  linkContested: 'Dos aparatos usaron el mismo código',
  linkContestedWhat:
    'Uno de los dos no es mío. Lo más seguro: anular este código y hacer otro, mostrándolo solo al aparato propio.',
  linkDifferent:
    'Si no coinciden, otro aparato usó este código. Todavía no entró nadie. Lo más seguro: anularlo y hacer otro, sin mandarlo por mensaje.',
  linkDone: 'El otro aparato ya está dentro',
  linkDoneWhat:
    'Ahora también entra desde ahí a estos espacios. Los documentos le van llegando; este aparato puede apagarse.',
  linkReady: 'Listo',
  linkTodo: 'Comparar palabras con mi otro aparato',
  linking_giving_device: 'Un aparato mío pide entrar',
  linking_giving_return: 'Una compañera vuelve',
  linking_taking_device: 'Este aparato pide entrar',
  linking_taking_return: 'Volver con el kit',
  linkCompareNow: 'comparar ocho palabras',
  linkWaits: 'esperando al otro lado',
  ownDevicesWhat: 'Con dos aparatos, perder uno no deja a nadie fuera.',
  linkThis: 'Unir este con otro que ya tengo',
  spaceUnnamed: 'El nombre se ve al entrar',

  // A second device, or a return: the new device
  take_device: 'Unir este aparato',
  take_return: 'Volver con el kit',
  takeWhat_device: 'En el otro aparato: Mi lugar, «Traer otro aparato mío». Ahí aparece un código y un enlace.',
  takeWhat_return:
    'Avisar a una compañera, la que sea. En su aparato, en Personas, toca mi alias y elige «Volver con su kit»: aparece un código y un enlace para mí.',
  readTheLink: 'Ver el enlace',
  takeInto_device: (n: number) => p(n, { one: 'Para entrar a # espacio.', other: 'Para entrar a # espacios.' }),
  takeInto_return: (n: number) => p(n, { one: 'Para volver a # espacio.', other: 'Para volver a # espacios.' }),
  takeSameCloth: 'Debe ser el mismo tejido que en el aparato de donde salió el código.',
  kitWordsOld: 'Las doce palabras de antes',
  kitWordsHint:
    'Las del kit que se anotó en papel con el primer aparato. En su orden; con o sin acentos, con o sin números.',
  kitWordsCount: (n: number) => p(n, { one: 'Va # palabra de 12.', other: 'Van # palabras de 12.' }),
  kitWordsAll: 'Ya están las doce.',
  kitWordsTooMany: (n: number) => `Hay ${n} palabras, y son doce. Puede que una esté repetida o partida.`,
  kitWordsWrong: 'Así no forman un kit. Revisar el orden y cada palabra, una por una.',
  kitWordsOther:
    'Esas palabras son de otro kit. El que sirve es el del aparato con que se entró a este espacio la primera vez; si hay más papeles, probar con otro. No se perdió nada.',
  takeReturnRole:
    'Quien coordinaba vuelve para escribir. Las que coordinan pueden darle otra vez ese papel: así, un kit robado no basta para quedarse con la red.',
  takeName: 'Nombre de este aparato',
  takeNameHint: 'Para reconocerlo después. Lo ven las personas de esos espacios: mejor sin nombre legal ni número.',
  newDevice_phone: 'Teléfono nuevo',
  newDevice_tablet: 'Tableta',
  newDevice_computer: 'Computadora',
  deviceKind_phone: 'Teléfono',
  deviceKind_tablet: 'Tableta',
  deviceKind_computer: 'Computadora',
  takeBusy: 'Preparando…',
  takeWaitTitle: 'Comparar y esperar',
  takeCompare_device: 'En el otro aparato aparecen ocho palabras. Deben ser estas mismas; ahí se confirma.',
  takeCompare_return:
    'Cuando la compañera llame o esté enfrente, leerle estas palabras en voz alta. Ella confirma en su aparato.',
  takeDifferent: 'Si en el otro lado son distintas, no confirmar: dejar de esperar y pedir otro código.',
  takeMayWait: 'Se puede guardar el teléfono: al confirmar del otro lado, los espacios llegan solos.',
  takeGoneWhat: 'Se dejó de esperar, o del otro lado se anuló. Nada cambió aquí. Se puede pedir otro código.',
  takeAgain: 'Leer otro código',
  takeDone_device: 'Este aparato ya está dentro',
  takeDone_return: 'De vuelta',
  takeDoneWhat: 'Los documentos van llegando con su historia. Se puede cerrar y volver después.',

  onePaper_device: 'Un solo papel para los dos',
  onePaper_return: 'El mismo papel de antes sigue sirviendo',
  onePaperWhat: 'Las doce palabras que ya están en papel abren también este aparato. No hay otras que anotar.',
  takeLost: 'El teléfono perdido',
  takeLostWhat: 'Pedir a una compañera que lo suspenda, si nadie lo ha hecho: hasta entonces sigue dentro.',

  // Return with the kit: who helps
  whoever: 'alguien',
  helpReturn: 'Ayudar a volver',
  helpReturnTitle: (who: string) => `Ayudar a ${who} a volver`,
  helpReturnWhat:
    'Para quien perdió su aparato y tiene su kit de recuperación. Vuelve a ser ella misma, con su alias y todos los documentos. Puede ayudarla cualquiera de este espacio.',
  returnStep1: 'Darle un enlace',
  returnStep1What: 'En persona o por mensaje. Solo no abre nada: hacen falta también sus doce palabras.',
  returnStep2: 'Ella escribe sus doce palabras',
  returnStep2What: 'En su aparato nuevo. Nadie más las ve, tampoco este aparato.',
  returnStep3: 'Comparar ocho palabras con su voz',
  returnStep3What: 'Por llamada o en persona. Si son las mismas y es ella, confirmar.',
  returnAsEditor: (who: string) => `${who} coordina, y volverá para escribir`,
  returnAsEditorWhat:
    'Un kit en papel no debe bastar para mandar en una red. Después, quienes coordinan pueden darle otra vez el papel.',
  returnCare: 'Antes de empezar',
  returnCareWhat: (who: string) =>
    `Si alguien encontró el papel de ${who}, podría intentar pasar por ella. Por eso hay que oír su voz o verla.`,
  makeReturn: 'Hacer el enlace',
  returnNoKit: (who: string) => `De ${who} no hay kit anotado aquí`,
  returnNoKitWhat: 'No puede volver con doce palabras. Puede entrar de nuevo con una invitación, como persona nueva.',
  returnWithoutKit: 'No tiene su kit: invitarla de nuevo',
  returnNotIn: 'Ya no está en este espacio',
  returnNotInWhat: 'Quien salió no vuelve con su kit. Para que entre otra vez hace falta una invitación.',
  returnShowTitle: (who: string) => `Un enlace para ${who}`,
  returnQr: 'Código para volver, para escanear',
  returnFor: (who: string) => `Para ${who}, en su aparato nuevo`,
  returnMayWait: 'Puede tardar',
  returnMayWaitWhat:
    'El enlace espera. Cuando ella escriba sus palabras, esto aparece en Mi lugar y se comparan las ocho palabras.',
  returnOf: (who: string) => (who === '' ? 'Alguien quiere volver' : `${who} quiere volver`),
  compareWith: (who: string) => `Comparar con ${who}`,
  compareVoice: (who: string) =>
    `Por llamada o en persona, pedir a ${who} que lea sus ocho palabras. Deben ser estas, en este orden.`,
  returnContestedWhat: 'Uno de los dos no es de ella. Anular este enlace, y hacer otro que le llegue solo a ella.',
  returnDifferent:
    'Si no coinciden, quien pide entrar puede ser otra persona con el mismo enlace. Todavía no entró nadie. Lo más seguro: anular, avisarle, y hacer otro enlace.',
  herVoice: '¿Es su voz?',
  herVoiceWhat: (who: string) =>
    `Confirmar solo si se está oyendo o viendo a ${who} ahora, y no hay duda de que es ella. Un mensaje escrito o un audio no bastan.`,
  herVoiceYes: 'Sí, es ella',
  herVoiceNo: 'No hay certeza',
  returnDone: (who: string) => `${who} ya volvió`,
  returnDoneWhat: 'Su aparato nuevo ya está dentro. Los documentos le van llegando.',
  lostStillIn: 'El teléfono perdido sigue dentro',
  lostStillInWhat: (who: string) =>
    `Si nadie lo ha suspendido, quien lo tenga podría seguir leyendo lo que ${who} lee.`,
  suspendLost: 'Suspender el teléfono perdido',

  // Codes without a network
  byHand: 'Sin red: con códigos',
  readTheirByHand: 'Leer el código de su pantalla, sin Internet ni relevo',
  showMineByHand: 'De pantalla a pantalla, sin Internet ni relevo',
  welcomeByHand: 'Si su aparato no tiene red, mostrarle la bienvenida para que la lea.',
  scanTheirCode: 'Leer su código',
  scanWelcome: 'Leer la bienvenida',
  showMine: 'Mostrar mi código',
  readWelcome: 'Leer la bienvenida',
  showWelcome: 'Mostrar la bienvenida',
  welcomeCode: 'Código de la bienvenida',
  welcomeCodeWhat:
    'Que lo lea con «Leer la bienvenida». Solo lo abre su aparato. Los documentos llegarán cuando haya red.',
  myCode: 'Mi código, para escanear',
  code: 'codigo',
  copyCode: 'Copiar código',
  codeCopied: 'Código copiado.',
  codeElsewhere: 'Ese código es de otra invitación. Quedó anotado; está en Me toca.',
  orPaste: 'O pegarlo, o abrir un archivo',
  pasteCode: 'Pegar el código',
  readCode: 'Leer',
  scanSlowly: 'Mantener el código entero dentro de la imagen.',
  partOf: (what: string, part: number, of: number) => `${what}, parte ${part} de ${of}`,
  partShown: (part: number, of: number) => `Parte ${part} de ${of}`,
  partBefore: 'Parte anterior',
  partNext: 'Parte siguiente',
  partsHold: 'Detener',
  partsTurn: 'Dar vueltas',
  partsWhat: (n: number) =>
    p(n, {
      one: 'Es una parte.',
      other: 'Son # partes que van pasando. La otra cámara las junta, en cualquier orden.',
    }),
  partsRead: (have: number, of: number) => `Leídas ${have} de ${of} partes. Seguir mirando el código.`,

  // In the place of somebody
  inviteAnew: (who: string) => `Invitar de nuevo a ${who}`,
  replacesWhat: 'Lo que esto quiere decir',
  replaces1: (who: string) =>
    `${who} entra como persona nueva, con un aparato nuevo. Es para quien perdió todo, también su kit.`,
  replaces2: 'En cuanto entre, su lugar de antes se saca: el aparato perdido ya no recibe nada nuevo.',
  replaces3: 'Lo que escribió antes se queda en los documentos.',
  replacesCoordinator: (who: string) =>
    `${who} coordinaba: entra para escribir, y sacar su lugar de antes puede necesitar el sí de otras que coordinan.`,

  // Going on in a new space
  continueSpace: 'Seguir en una red nueva',
  continueWhat:
    'Se hace una red nueva con los documentos como están hoy, y se avisa aquí. Cada quien decide si sigue. La de ahora no se borra.',
  continueWhen: 'Para cuándo es',
  continueWhen1: 'Ya no queda nadie que coordine.',
  continueWhen2: 'Quitaron el teléfono de quien coordina, y nadie más puede sacarlo.',
  continueWhen3: 'Hay un desacuerdo entre coordinadoras que aquí no tiene salida.',
  continueNameHint: 'Otro un poco distinto ayuda a no confundirlas. Lo ven solo quienes entren.',
  whoComes: (n: number, of: number) => `Quiénes pueden venir: ${n} de ${of}`,
  whoComesWhat:
    'Quien no esté marcada no entra. Todas entran a lo más para escribir, y se puede invitar a otras después.',
  tickAll: 'Marcar todas',
  tickNone: 'Ninguna',
  nobodyElse: 'Aquí no hay nadie más.',
  continueRelays: 'Por dónde viajará',
  relaysSame: 'Los mismos relevos',
  relaysOther: 'Otro, o sin relevo',
  relaysOtherHint: 'Si el de ahora ya no es de confianza',
  continueSure: 'Antes de avisar',
  continueSure1: (name: string) => `Se abre «${name}». Ahí coordina quien la abre, con este aparato.`,
  continueSure2: (n: number) =>
    p(n, {
      one: 'Puede venir # persona, si ella quiere.',
      other: 'Pueden venir # personas, cada una si quiere.',
    }),
  continueSure3: (n: number) =>
    n === 0
      ? 'No va ningún documento: en este aparato no hay. Lo de antes se queda aquí.'
      : p(n, {
          one: 'Va # documento, como está hoy. Su historia de antes se queda aquí.',
          other: 'Van # documentos, como están hoy. Su historia de antes se queda aquí.',
        }),
  continueMissing: (n: number) =>
    p(n, {
      one: '# documento todavía no llega a este aparato, y no va. Conviene esperar a que llegue.',
      other: '# documentos todavía no llegan a este aparato, y no van. Conviene esperar a que lleguen.',
    }),
  continueSure4: 'El aviso lo ven todas las de este espacio, también quien no pueda venir, y no se puede retirar.',
  continueGo: 'Abrirla y avisar',
  continueBusy: 'Preparando la red nueva…',
  goBack: 'Volver a mirar',
  continueDone: 'La red nueva ya existe',
  continueDoneWhat: (n: number) =>
    p(n, { one: 'Se avisó a # persona.', other: 'Se avisó a las # personas que pueden venir.' }),
  continueTell: 'Contarles también por otra vía: cada una querrá saber que el aviso es de verdad.',
  continueOld: 'Lo que se escriba en la de antes no pasa a la nueva.',
  continueHere: 'Cuando aquí ya no se pueda decidir',

  successorSaid: (who: string, space: string) => `${who} dice que el trabajo de ${space} sigue en otra red`,
  successorMeans: (who: string) =>
    `Antes de seguir, preguntarle a ${who} por otra vía si fue ella. Aquí no se pierde nada.`,
  successorLook: 'Ver antes de seguir',
  successorLater: (who: string) => `${who} sigue en otra red`,
  successorSee: 'Todavía sin decidir',
  notYetGo: 'Todavía no',
  notYetGoWhat: 'Esperar no pierde nada: el aviso se queda, y este espacio sigue igual.',
  follow: 'Seguir en otra red',
  followTitle: (who: string) => `¿Seguir a ${who}?`,
  followWhat: (who: string) => `${who} abrió una red nueva con los documentos de esta y avisó aquí.`,
  newSpace: 'La nueva',
  follow1: 'Al seguir se entra ahí para leer o escribir, y llegan los documentos como estaban ese día.',
  follow2: (who: string) => `Ahí coordina ${who}. Estará quien también decida seguir.`,
  follow3: 'Este espacio no se borra. Lo que se escriba aquí después no pasa solo a la nueva.',
  followCheck: (who: string) => `Preguntar a ${who} por otra vía`,
  followCheckWhat: (who: string) =>
    `Por llamada o en persona: ¿fue ella? Si alguien tiene el aparato de ${who}, el aviso podría no ser suyo. El tejido de la nueva debe ser el mismo en su pantalla.`,
  followNow: 'Seguir ahí',
  followAsked: 'Falta que abran la red nueva',
  followAskedWhat: 'El pedido ya salió. Se puede guardar el teléfono',
  followAskedLong: (who: string) =>
    `El pedido le llega al aparato de ${who}, y abre solo. Se puede guardar el teléfono: la red nueva aparece en Inicio. Si tarda mucho, preguntarle: puede ser que falte en su lista.`,
  followHere: 'La red nueva ya está aquí',
  followHereWhat: 'Los documentos van llegando.',
  goesOnIn: (name: string) => `Sigue en ${name}`,
  goesOnInWhat: 'Lo nuevo se escribe allá. Aquí queda lo de antes',
  goesOnFrom: (name: string) => `Continúa de ${name}`,
  goesOnFromWhat: 'La historia de antes está allá',
}
