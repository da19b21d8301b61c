// Standard input: questions with and without echo, and the whole of a pipe. Owns the terminal's raw mode and always gives
// it back; keeps nothing of what is typed.
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

type Input = NodeJS.ReadStream

/** One line; null when the input ended or ^C was typed. */
export function askLine(
  input: Input,
  output: NodeJS.WriteStream,
  question: string,
  echo: boolean,
): Promise<string | null> {
  output.write(question)
  const shown = echo ? output : new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: shown, terminal: true, historySize: 0 })
  return new Promise((resolve) => {
    let answer: string | null = null
    lines.once('line', (line) => {
      answer = line
      lines.close()
    })
    lines.once('SIGINT', () => lines.close())
    lines.once('close', () => {
      if (!echo) output.write('\n')
      resolve(answer)
    })
  })
}

/** Standard input as a pipe: read once, its first line perhaps before the rest. */
export class Piped {
  #rest: Promise<string> | null = null

  constructor(private readonly input: AsyncIterable<unknown>) {}

  async line(): Promise<string> {
    const text = await this.#text()
    const end = text.indexOf('\n')
    this.#rest = Promise.resolve(end < 0 ? '' : text.slice(end + 1))
    return end < 0 ? text : text.slice(0, end)
  }

  async all(): Promise<string> {
    const text = await this.#text()
    this.#rest = Promise.resolve('')
    return text
  }

  #text(): Promise<string> {
    return (this.#rest ??= readAll(this.input))
  }
}

async function readAll(input: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer))
  return Buffer.concat(chunks).toString('utf8')
}
