// Spanish words about people, devices, decisions and what went wrong. Infinitives, without tú or usted; feminine plural.
// Says what happened, what is safe, what to do; never an alarm.
export const peopleEs = {
  // Errors
  'badInvitation_other-kind':
    'Ese enlace sirve para otra cosa. Pedir a quien lo dio que diga si es para entrar, para otro aparato o para volver.',
  error_UnknownDevice: 'Ese aparato ya no está en el espacio.',
  error_UnknownOperation: 'Eso ya se decidió, o todavía no llega aquí.',
  'badCode_not-a-code': 'Eso no es un código de Telar. Escanear o copiar el código completo.',
  'badCode_not-for-here': 'Ese código es para otro aparato, o ya nadie lo espera. Pedir que muestren uno nuevo.',
  badCode_damaged: 'Al código le falta una parte. Escanearlo o copiarlo otra vez, completo.',
  error_WrongKit: 'Esas palabras son de un kit, pero no del suyo. Revisar que el papel sea el de esta persona.',
  'badFile_not-a-file': 'Ese archivo no es de los que traen llaves. Nada cambió.',
  'badFile_not-for-here': 'Ese archivo es para otro aparato. Nada cambió.',
  badFile_damaged: 'El archivo está incompleto o dañado. Pedirlo de nuevo; aquí nada cambió.',
  error_NoKeysYet: 'Las llaves vienen en camino. Lo escrito está guardado aquí; se puede intentar de nuevo en un rato.',
}
