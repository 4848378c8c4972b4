// This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
// level of this repository contains the copyright notices and licence terms.

// PouchDB on leveldb, which does what it is told: a line of JSON comes in for
// each order and one goes out for each answer.

const readline = require('readline')
const PouchDB = require('pouchdb')

const orders = {
  // Answer replications of the databases in this folder at a port
  serve: async (folder, port) => {
    const express = require('express')
    const app = express()
    const Prefixed = PouchDB.defaults({prefix: folder + '/'})
    app.use('/', require('express-pouchdb')(Prefixed, {
      mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: folder + '/log'
    }))
    await new Promise(resolve => app.listen(port, '127.0.0.1', resolve))
  },
  create: async (path, file) => {
    const database = new PouchDB(path)
    const records = JSON.parse(require('fs').readFileSync(file))
    for (const record of records) record._id = record.uuid
    await database.bulkDocs(records)
    await database.close()
  },
  // Return the seconds of a replication
  replicate: async (source, target, batch) => {
    const from = new PouchDB(source)
    const to = new PouchDB(target)
    const began = process.hrtime.bigint()
    const done = await PouchDB.replicate(
      from, to, {batch_size: batch, batches_limit: 10})
    const seconds = Number(process.hrtime.bigint() - began) / 1e9
    if (!done.ok || done.doc_write_failures) throw new Error('not replicated')
    for (const database of [from, to]) {
      if (!/^http/.test(database.name)) await database.close()
    }
    return seconds
  },
  // Write all documents into a file
  read: async (path, file) => {
    const database = new PouchDB(path)
    const all = await database.allDocs({include_docs: true})
    require('fs').writeFileSync(
      file, JSON.stringify(all.rows.map(row => row.doc)))
    await database.close()
  }
}

async function main () {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const [name, args] = JSON.parse(line)
    const result = await orders[name](...args)
    process.stdout.write(JSON.stringify(result === undefined ? null : result)
      + '\n')
  }
  process.exit(0)
}

main()
