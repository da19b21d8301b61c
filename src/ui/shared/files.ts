// Opening and saving files through the browser's own dialogs. What is opened is hostile text: only its size is checked here.

/** The largest file read, in bytes: a whole document as JSON with room to spare. */
export const LARGEST_FILE = 20 * 1024 * 1024

/** Offers `text` as a file named `name`. The object URL is let go once the browser has taken it. */
export function saveText(name: string, text: string, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Lets her choose one file and reads it as text; null when she chose none or it is too large. */
export function openText(accept: string): Promise<{ name: string; text: string } | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = accept
    input.addEventListener('cancel', () => resolve(null))
    input.addEventListener('change', () => {
      const file = input.files?.[0]
      if (file === undefined || file.size > LARGEST_FILE) return resolve(null)
      file.text().then(
        (text) => resolve({ name: file.name, text }),
        () => resolve(null),
      )
    })
    input.click()
  })
}

/** A title as a file name every system takes. */
export function fileName(title: string, ending: string): string {
  const plain = title.normalize('NFC').replace(/[^\p{L}\p{N} ._-]/gu, ' ')
  return `${plain.replace(/\s+/g, ' ').trim().slice(0, 80) || 'documento'}${ending}`
}
