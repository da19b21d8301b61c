// English words of the ways in. Promises what the Spanish promises, no more.
import { plurals, type Words } from './core.ts'
import type { waysEs } from './ways.es.ts'

const p = plurals('en')

export const waysEn: Words<typeof waysEs> = {
  // First run
  newHere: 'It is the first time',
  alreadyIn: 'I am in a network already',
  way_device: 'I have Telar on another device',
  way_device_what: 'Use it from this one too, with a code from the other',
  way_device_long:
    'First, a place on this device, with a secret phrase of its own: it may differ from the other device’s. The kit will be the same: there are no new words to write down.',
  way_return: 'I lost my phone',
  way_return_what: 'Come back with my kit, the twelve words, and a link from a companion',
  way_return_long:
    'First, a new place on this device, with a new secret phrase. Then the twelve words of before lead back into the spaces, and stay the same.',
  aliasHintNew: 'For new spaces. In those of before, the alias stays as it was.',

  // A second device: the device that is in
  addDevice: 'Bring another device',
  addDeviceTitle: 'Bring another device of mine',
  addDeviceWhat:
    'Another phone or a computer that enters my spaces too, with the same alias. If one is lost, the other stays.',
  addDeviceNone: 'Once there is a space, it can be entered from another device here.',
  whichSpaces: 'Which spaces it enters',
  addDeviceSees: 'Everything in those spaces goes there',
  addDeviceSeesWhat:
    'That device will be able to open all their documents. Choose only one of my own that nobody else uses. The others will see that there is a new device.',
  makeCode: 'Make the code',
  linkShowTitle: 'Show it to the other device',
  linkQr: 'Code for the other device, to scan',
  linkFile: 'other-device',
  linkFor: (n) => p(n, { one: 'For a device of mine · # space', other: 'For a device of mine · # spaces' }),
  linkStep1: 'Open Telar on the other device',
  linkStep1What:
    'When beginning, choose “I have Telar on another device”. If there is a place already: Home, Create or join.',
  linkStep2: 'Scan this code',
  linkStep2What: 'Or open the link or the file. It is good for one device.',
  linkStep3: 'Compare eight words',
  linkStep3What: 'They appear here as soon as the other asks to join. Nothing gets in before they are compared.',
  linkWaiting: 'Waiting for the other device. This screen can be closed: it stays in My place.',
  cancelLink: 'Cancel the code',
  linkCancelled: 'Code cancelled: it opens nothing any more.',
  linkGone: 'This code is no longer open',
  linkGoneWhat: 'It was used or cancelled. Another can be made.',
  makeAnother: 'Make another',
  compareTitle: 'Compare the eight words',
  compareOwn: 'Look at the other device’s screen. Are they the same eight words, in the same order?',
  compareOwnWhy: 'If they are the same, the device that asks to join is the one in front, and nobody is in between.',
  linkContested: 'Two devices used the same code',
  linkContestedWhat:
    'One of the two is not mine. Safest: cancel this code and make another, shown to my own device only.',
  linkDifferent:
    'If they differ, another device used this code. Nobody is in yet. Safest: cancel it and make another, without sending it in a message.',
  linkDone: 'The other device is in',
  linkDoneWhat:
    'It enters these spaces too from now on. The documents are arriving there; this device may be turned off.',
  linkReady: 'Done',
  linkTodo: 'Compare words with my other device',
  linking_giving_device: 'A device of mine asks to join',
  linking_giving_return: 'A companion comes back',
  linking_taking_device: 'This device asks to join',
  linking_taking_return: 'Coming back with the kit',
  linkCompareNow: 'compare eight words',
  linkWaits: 'waiting for the other side',
  ownDevicesWhat: 'With two devices, losing one leaves nobody outside.',
  linkThis: 'Join this one to another I have',
  spaceUnnamed: 'Its name shows once inside',

  // A second device, or a return: the new device
  take_device: 'Join this device',
  take_return: 'Come back with the kit',
  takeWhat_device: 'On the other device: My place, “Bring another device of mine”. A code and a link appear there.',
  takeWhat_return:
    'Tell a companion, any of them. On her device, under People, she taps my alias and chooses “Come back with her kit”: a code and a link for me appear.',
  readTheLink: 'Look at the link',
  takeInto_device: (n) => p(n, { one: 'To enter # space.', other: 'To enter # spaces.' }),
  takeInto_return: (n) => p(n, { one: 'To come back to # space.', other: 'To come back to # spaces.' }),
  takeSameCloth: 'It must be the same cloth as on the device where the code came from.',
  kitWordsOld: 'The twelve words of before',
  kitWordsHint:
    'Those of the kit written on paper with the first device. In their order; with or without accents, with or without numbers.',
  kitWordsCount: (n) => p(n, { one: '# word of 12 so far.', other: '# words of 12 so far.' }),
  kitWordsAll: 'All twelve are there.',
  kitWordsTooMany: (n) => `There are ${n} words, and there should be twelve. One may be repeated or split.`,
  kitWordsWrong: 'Like this they are no kit. Check the order and each word, one by one.',
  kitWordsOther:
    'Those words are of another kit. The one needed is of the device with which this space was first entered; if there are more papers, try another. Nothing was lost.',
  takeReturnRole:
    'Whoever coordinated comes back to write. Those who coordinate can give her that role again: this way, a stolen kit is not enough to take over the network.',
  takeName: 'Name of this device',
  takeNameHint: 'To recognise it later. The people of those spaces see it: better without legal name or number.',
  newDevice_phone: 'New phone',
  newDevice_tablet: 'Tablet',
  newDevice_computer: 'Computer',
  deviceKind_phone: 'Phone',
  deviceKind_tablet: 'Tablet',
  deviceKind_computer: 'Computer',
  takeBusy: 'Preparing…',
  takeWaitTitle: 'Compare and wait',
  takeCompare_device: 'Eight words appear on the other device. They must be these same ones; it is confirmed there.',
  takeCompare_return:
    'When the companion calls or stands in front, read these words aloud to her. She confirms on her device.',
  takeDifferent: 'If they differ on the other side, do not confirm: stop waiting and ask for another code.',
  takeMayWait: 'The phone can be put away: once confirmed on the other side, the spaces arrive by themselves.',
  takeGoneWhat:
    'The waiting was ended, or the other side cancelled. Nothing changed here. Another code can be asked for.',
  takeAgain: 'Read another code',
  takeDone_device: 'This device is in',
  takeDone_return: 'Back again',
  takeDoneWhat: 'The documents are arriving with their history. It can be closed and opened again later.',

  onePaper_device: 'One paper for both',
  onePaper_return: 'The paper of before is still good',
  onePaperWhat: 'The twelve words that are on paper already open this device too. There are no others to write down.',
  takeLost: 'The lost phone',
  takeLostWhat: 'Ask a companion to suspend it, if nobody has: until then it is still in.',

  // Return with the kit: who helps
  whoever: 'somebody',
  helpReturn: 'Help to come back',
  helpReturnTitle: (who) => `Help ${who} to come back`,
  helpReturnWhat:
    'For one who lost her device and has her recovery kit. She becomes herself again, with her alias and all documents. Anyone in this space can help.',
  returnStep1: 'Give her a link',
  returnStep1What: 'In person or by message. Alone it opens nothing: her twelve words are needed too.',
  returnStep2: 'She types her twelve words',
  returnStep2What: 'On her new device. Nobody else sees them, nor does this device.',
  returnStep3: 'Compare eight words by voice',
  returnStep3What: 'By call or in person. If they are the same and it is she, confirm.',
  returnAsEditor: (who) => `${who} coordinates, and will come back to write`,
  returnAsEditorWhat:
    'A kit on paper must not be enough to rule a network. Afterwards, those who coordinate can give her the role again.',
  returnCare: 'Before beginning',
  returnCareWhat: (who) =>
    `If somebody found ${who}’s paper, they could try to pass for her. That is why her voice must be heard, or she be seen.`,
  makeReturn: 'Make the link',
  returnNoKit: (who) => `No kit of ${who}’s is noted here`,
  returnNoKitWhat: 'She cannot come back with twelve words. She can come in again by invitation, as a new person.',
  returnWithoutKit: 'She has no kit: invite her again',
  returnNotIn: 'She is not in this space any more',
  returnNotInWhat: 'Who left does not come back with her kit. To come in again she needs an invitation.',
  returnShowTitle: (who) => `A link for ${who}`,
  returnQr: 'Code to come back, to scan',
  returnFor: (who) => `For ${who}, on her new device`,
  returnMayWait: 'It may take a while',
  returnMayWaitWhat:
    'The link waits. When she types her words, this appears in My place and the eight words are compared.',
  returnOf: (who) => (who === '' ? 'Somebody wants to come back' : `${who} wants to come back`),
  compareWith: (who) => `Compare with ${who}`,
  compareVoice: (who) => `By call or in person, ask ${who} to read her eight words. They must be these, in this order.`,
  returnContestedWhat: 'One of the two is not hers. Cancel this link, and make another that reaches only her.',
  returnDifferent:
    'If they differ, whoever asks to join may be somebody else with the same link. Nobody is in yet. Safest: cancel, tell her, and make another link.',
  herVoice: 'Is it her voice?',
  herVoiceWhat: (who) =>
    `Confirm only while hearing or seeing ${who} now, without a doubt that it is she. A written message or a recording is not enough.`,
  herVoiceYes: 'Yes, it is she',
  herVoiceNo: 'Not certain',
  returnDone: (who) => `${who} is back`,
  returnDoneWhat: 'Her new device is in. The documents are arriving there.',
  lostStillIn: 'The lost phone is still in',
  lostStillInWhat: (who) => `If nobody has suspended it, whoever has it could go on reading what ${who} reads.`,
  suspendLost: 'Suspend the lost phone',

  // Codes without a network
  byHand: 'No network: with codes',
  readTheirByHand: 'Read the code on her screen, without Internet or relay',
  showMineByHand: 'From screen to screen, without Internet or relay',
  welcomeByHand: 'If her device has no network, show it the welcome to read.',
  scanTheirCode: 'Read her code',
  scanWelcome: 'Read the welcome',
  showMine: 'Show my code',
  readWelcome: 'Read the welcome',
  showWelcome: 'Show the welcome',
  welcomeCode: 'Code of the welcome',
  welcomeCodeWhat:
    'Let her read it with “Read the welcome”. Only her device opens it. The documents come once there is a network.',
  myCode: 'My code, to scan',
  code: 'code',
  copyCode: 'Copy code',
  codeCopied: 'Code copied.',
  codeElsewhere: 'That code is of another invitation. It was noted; it is under For me.',
  orPaste: 'Or paste it, or open a file',
  pasteCode: 'Paste the code',
  readCode: 'Read',
  scanSlowly: 'Keep the whole code inside the picture.',
  partOf: (what, part, of) => `${what}, part ${part} of ${of}`,
  partShown: (part, of) => `Part ${part} of ${of}`,
  partBefore: 'Part before',
  partNext: 'Next part',
  partsHold: 'Hold',
  partsTurn: 'Turn',
  partsWhat: (n) =>
    p(n, {
      one: 'It is one part.',
      other: '# parts pass one after another. The other camera gathers them, in any order.',
    }),
  partsRead: (have, of) => `${have} of ${of} parts read. Keep looking at the code.`,

  // In the place of somebody
  inviteAnew: (who) => `Invite ${who} again`,
  replacesWhat: 'What this means',
  replaces1: (who) =>
    `${who} comes in as a new person, with a new device. It is for one who lost everything, her kit too.`,
  replaces2: 'As soon as she is in, her place of before is removed: the lost device receives nothing new.',
  replaces3: 'What she wrote before stays in the documents.',
  replacesCoordinator: (who) =>
    `${who} coordinated: she comes in to write, and removing her place of before may need the yes of others who coordinate.`,

  // Going on in a new space
  continueSpace: 'Go on in a new network',
  continueWhat:
    'A new network is made with the documents as they are today, and it is announced here. Each decides for herself. The present one is not erased.',
  continueWhen: 'When it is for',
  continueWhen1: 'Nobody is left who coordinates.',
  continueWhen2: 'The phone of who coordinates was taken, and nobody else can remove it.',
  continueWhen3: 'Coordinators disagree in a way that has no end here.',
  continueNameHint: 'A slightly different one helps to tell them apart. Only those who come in see it.',
  whoComes: (n, of) => `Who may come: ${n} of ${of}`,
  whoComesWhat:
    'Whoever is not ticked does not come in. All come in to write at most, and others can be invited later.',
  tickAll: 'Tick all',
  tickNone: 'None',
  nobodyElse: 'There is nobody else here.',
  continueRelays: 'Which way it travels',
  relaysSame: 'The same relays',
  relaysOther: 'Another, or no relay',
  relaysOtherHint: 'If the present one is not trusted any more',
  continueSure: 'Before announcing',
  continueSure1: (name) => `“${name}” is opened. Whoever opens it coordinates there, with this device.`,
  continueSure2: (n) =>
    p(n, { one: '# person may come, if she wants.', other: '# people may come, each if she wants.' }),
  continueSure3: (n) =>
    n === 0
      ? 'No document goes along: there is none on this device. What was before stays here.'
      : p(n, {
          one: '# document goes along, as it is today. Its history stays here.',
          other: '# documents go along, as they are today. Their history stays here.',
        }),
  continueMissing: (n) =>
    p(n, {
      one: '# document has not arrived on this device, and does not go along. Better to wait until it does.',
      other: '# documents have not arrived on this device, and do not go along. Better to wait until they do.',
    }),
  continueSure4: 'Everybody in this space sees the announcement, also who may not come, and it cannot be taken back.',
  continueGo: 'Open and announce',
  continueBusy: 'Preparing the new network…',
  goBack: 'Look again',
  continueDone: 'The new network exists',
  continueDoneWhat: (n) => p(n, { one: '# person was told.', other: 'The # people who may come were told.' }),
  continueTell: 'Tell them another way too: each will want to know that the announcement is true.',
  continueOld: 'What is written in the old one does not go over to the new one.',
  continueHere: 'When nothing can be decided here any more',

  successorSaid: (who, space) => `${who} says that the work of ${space} goes on in another network`,
  successorMeans: (who) => `Before following, ask ${who} another way whether it was she. Nothing is lost here.`,
  successorLook: 'Look before following',
  successorLater: (who) => `${who} goes on in another network`,
  successorSee: 'Not decided yet',
  notYetGo: 'Not yet',
  notYetGoWhat: 'Waiting loses nothing: the announcement stays, and this space stays as it is.',
  follow: 'Follow',
  followTitle: (who) => `Follow ${who}?`,
  followWhat: (who) => `${who} opened a new network with the documents of this one and announced it here.`,
  newSpace: 'The new one',
  follow1: 'Following means coming in there to read or write, and the documents arrive as they were that day.',
  follow2: (who) => `${who} coordinates there. Whoever also decides to follow will be there.`,
  follow3: 'This space is not erased. What is written here later does not go over by itself.',
  followCheck: (who) => `Ask ${who} another way`,
  followCheckWhat: (who) =>
    `By call or in person: was it she? If somebody has ${who}’s device, the announcement may not be hers. The cloth of the new one must be the same on her screen.`,
  followNow: 'Follow',
  followAsked: 'The new network has yet to open',
  followAskedWhat: 'The request is on its way. The phone can be put away',
  followAskedLong: (who) =>
    `The request goes to ${who}’s device, which opens by itself. The phone can be put away: the new network appears on Home. If it takes long, ask her: perhaps somebody is missing from her list.`,
  followHere: 'The new network is here',
  followHereWhat: 'The documents are arriving.',
  goesOnIn: (name) => `Goes on in ${name}`,
  goesOnInWhat: 'New things are written there. Here is what was before',
  goesOnFrom: (name) => `Goes on from ${name}`,
  goesOnFromWhat: 'The history of before is there',
}
