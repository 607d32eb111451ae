// Runs the public suite's cases and says what matters of them. Started by cache-suite.sh in the folder of the suite: SUITE BASE OUT LIST
import { pathToFileURL } from 'node:url'
import { writeFileSync } from 'node:fs'

const [suite, base, out, list] = process.argv.slice(2)
const from = path => import(pathToFileURL(`${suite}/${path}`))
const { runTests, getResults } = await from('client/runner.mjs')
const { default: tests } = await from('tests/index.mjs')
const { default: surrogate } = await from('tests/surrogate-control.mjs')
const { default: fetch } = await import(pathToFileURL(`${suite}/../node-fetch/lib/index.js`))

// Surrogate-Control is no standard any more; the suite's own runner adds it too.
if (!tests.includes(surrogate)) tests.push(surrogate)
// Of each case the last answer: the suite takes every answer without its server's counter for a stored one, our own refusals too.
const last = new Map()
const watched = async (url, init) => {
  const response = await fetch(url, init)
  const id = (init?.headers ?? []).find?.(h => h[0] === 'Test-ID')?.[1]
  if (id) last.set(id, { status: response.status, ours: response.headers.has('Proxy-Status'), cache: response.headers.get('Cache-Status') ?? '' })
  return response
}
await runTests(tests, watched, false, base)
const results = getResults()
const cases = new Map(tests.flatMap(s => s.tests).filter(t => t.id in results).map(t => [t.id, t]))
const passed = id => results[id] === true
// As the suite reads its results: what a case needs has to pass first, all the way down.
const decided = id => (cases.get(id).depends_on ?? []).every(d => cases.has(d) && passed(d) && decided(d))
const kind = id => cases.get(id).kind ?? 'required'
const reuse = id => !passed(id) && /comes from cache/.test(results[id][1]) && !/does not come/.test(results[id][1])

const of = wanted => [...cases.keys()].filter(id => kind(id) === wanted)
const line = wanted => {
  const all = of(wanted)
  const good = all.filter(id => passed(id) && decided(id)).length
  const open = all.filter(id => !decided(id)).length
  return `${wanted}: ${good} of ${all.length} passed, ${all.length - good - open} failed, ${open} not decided (a case that they need failed)`
}
const told = [...cases.keys()].filter(id => reuse(id) && kind(id) !== 'check')
// Version 0.4.5 reads an Age that is no number, or is many, as RFC 7234 left it; RFC 9111 §5.1 says what counts: the first, and none that is no number.
const superseded = id => id.startsWith('age-parse-')
const wrong = told.filter(id => !last.get(id).ours && !superseded(id))
console.log(`cases: ${cases.size}`)
console.log(line('required'))
console.log(line('optimal'))
console.log(`stored answers reused when they must not be: ${wrong.length}`)
for (const id of wrong) console.log(`  ${id}: ${results[id][1]}; ${last.get(id).cache}`)
const own = told.filter(id => last.get(id).ours)
if (own.length) console.log(`told by the suite to be reuse, but answered by the gateway itself (${[...new Set(own.map(id => last.get(id).status))].join(', ')}, nothing stored): ${own.join(', ')}`)
const older = told.filter(id => !last.get(id).ours && superseded(id))
if (older.length) console.log(`told to be reuse by the suite's reading of Age before RFC 9111 §5.1: ${older.join(', ')}`)
if (list === 'yes') {
  for (const wanted of ['required', 'optimal', 'check']) {
    for (const id of of(wanted).filter(id => !passed(id) || !decided(id))) {
      console.log(`${wanted} ${decided(id) ? '' : 'not decided '}${id}: ${passed(id) ? 'passed' : results[id].join(': ')}`)
    }
  }
}
if (out) writeFileSync(out, JSON.stringify(results, null, 2))
const required = of('required').filter(id => passed(id) && decided(id)).length
const optimal = of('optimal').filter(id => passed(id) && decided(id)).length
process.exit(required >= 125 && optimal >= 45 && wrong.length === 0 ? 0 : 1)
