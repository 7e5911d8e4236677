// node-postgres: queries with parameters, types, a pool, cursors, COPY, errors and their fields. Throws where something is wrong.
'use strict'
const assert = require('node:assert/strict')
const { Pool, Client } = require('pg')
const Cursor = require('pg-cursor')
const { from, to } = require('pg-copy-streams')
const { pipeline } = require('node:stream/promises')
const { Readable } = require('node:stream')

async function main () {
  const pool = new Pool({ max: 8 })
  await pool.query('CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, data jsonb, born timestamptz, tags text[])'.replace(', tags text[]', ''))
  await pool.query(`CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer NOT NULL
    CONSTRAINT fk_customer REFERENCES customers ON DELETE CASCADE, total numeric(10,2), sent boolean, raw bytea)`)

  const born = new Date('2001-02-03T04:05:06.789Z')
  const inserted = await pool.query(
    'INSERT INTO customers (name, data, born) VALUES ($1, $2, $3), ($4, NULL, NULL) RETURNING id', ['Ann', { a: [1] }, born, 'Ben'])
  assert.deepEqual(inserted.rows, [{ id: 1 }, { id: 2 }])
  assert.equal(inserted.command, 'INSERT')
  assert.equal(inserted.rowCount, 2)
  const { rows: [ann] } = await pool.query({ name: 'by-id', text: 'SELECT name, data, born FROM customers WHERE id = $1', values: [1] })
  assert.deepEqual(ann, { name: 'Ann', data: { a: [1] }, born })

  // The same prepared statement, from several connections at once.
  const names = await Promise.all([1, 2, 1, 2, 1, 2].map(async id =>
    (await pool.query({ name: 'by-id', text: 'SELECT name, data, born FROM customers WHERE id = $1', values: [id] })).rows[0].name))
  assert.deepEqual(names, ['Ann', 'Ben', 'Ann', 'Ben', 'Ann', 'Ben'])

  await pool.query('INSERT INTO orders VALUES ($1, $2, $3, $4, $5)', ['9007199254740993', 1, '12.50', true, Buffer.from([0, 255])])
  const { rows: [order], fields } = await pool.query('SELECT * FROM orders')
  assert.deepEqual(order, { id: '9007199254740993', customer_id: 1, total: '12.50', sent: true, raw: Buffer.from([0, 255]) })
  assert.deepEqual(fields.map(field => field.dataTypeID), [20, 23, 1700, 16, 17])
  const { rows: many } = await pool.query('SELECT id FROM customers WHERE id = ANY($1) ORDER BY id', [[1, 2, 3]])
  assert.deepEqual(many, [{ id: 1 }, { id: 2 }])

  await assert.rejects(pool.query('INSERT INTO orders VALUES (2, 42, 0, false, NULL)'), error => {
    assert.equal(error.code, '23503')
    assert.equal(error.constraint, 'fk_customer')
    assert.equal(error.table, 'orders')
    assert.match(error.detail, /^Key \(customer_id\)=\(42\) is not present in table "customers"\./)
    return true
  })

  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query('DELETE FROM customers WHERE id = 1')
  assert.equal((await client.query('SELECT count(*)::int AS n FROM orders')).rows[0].n, 0)
  await client.query('ROLLBACK')
  assert.equal((await client.query('SELECT count(*)::int AS n FROM orders')).rows[0].n, 1)

  const lines = Array.from({ length: 1000 }, (_, i) => `${i + 10}\t2\t1.25\tt\t\\N\n`)
  await pipeline(Readable.from(lines), client.query(from('COPY orders FROM STDIN')))
  const cursor = client.query(new Cursor('SELECT id FROM orders WHERE customer_id = $1 ORDER BY id', [2]))
  assert.equal((await cursor.read(10)).length, 10)
  assert.equal((await cursor.read(2000)).length, 990)
  await cursor.close()
  let copied = ''
  for await (const chunk of client.query(to("COPY (SELECT id, total FROM orders WHERE id < 12 ORDER BY id) TO STDOUT (FORMAT csv)"))) copied += chunk
  assert.equal(copied, '10,1.25\n11,1.25\n')
  client.release()
  await pool.end()

  const another = new Client()
  await another.connect()
  const several = await another.query('SELECT 1 AS one; SELECT 2 AS two')
  assert.deepEqual(several.map(result => result.rows), [[{ one: 1 }], [{ two: 2 }]])
  await another.end()
  console.log('done')
}

main().catch(error => { console.error(error); process.exit(1) })
