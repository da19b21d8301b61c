// Words and phrases that people choose as passwords, in Spanish and English, folded (lower case, no accents). A short list
// for an honest warning; not a dictionary, and nothing else may rely on it.

/** Whole tokens, roughly by how soon a guesser tries them. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  (
    'password contrasena clave secreto secreta admin administrador usuario user login hola hello welcome bienvenida bienvenido ' +
    'qwerty asdf asdfgh zxcvbn abc abcd abcdef iloveyou teamo tequiero amor love mama papa mami papi mihijo mihija familia family ' +
    'dios jesus jesucristo cristo maria virgen guadalupe angel angelito princess princesa corazon mariposa estrella sol luna ' +
    'monkey dragon football futbol soccer baseball master superman batman pokemon naruto shadow sunshine michael jennifer ' +
    'barcelona realmadrid america chivas pumas azul rojo verde negro blanco perro gato gatito perrito mexico guatemala honduras ' +
    'salvador elsalvador nicaragua costarica panama colombia espana oaxaca chiapas tegucigalpa managua sanjose ' +
    'jose juan carlos luis miguel pedro ana lucia carmen rosa sofia daniela andrea alejandra fernanda gabriela valentina camila ' +
    'facebook whatsapp google gmail telegram instagram telar red circulo defensora defensoras mujer mujeres feminista libertad ' +
    'justicia vida paz feliz felicidad siempre nunca test prueba temporal cambiar letmein changeme trustno root pass passw secret ' +
    'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes viernes domingo'
  ).split(' '),
)

/** Well-known phrases, as folded words without spaces: a guesser has them all. */
export const COMMON_PHRASES: readonly string[] = [
  'padrenuestroqueestasenelcielo',
  'diostesalvemariallenaeresdegracia',
  'correcthorsebatterystaple',
  'elpueblounidojamasseravencido',
  'niunamenos',
  'vivasnosqueremos',
  'lapatriaesprimero',
  'mexicanosalgritodeguerra',
  'tobeornottobethatisthequestion',
  'enunlugardelamancha',
  'masvaletardequenunca',
  'loveisallyouneed',
]
