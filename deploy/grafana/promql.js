// Parses queries by Prometheus' own grammar for editors. Plain JavaScript of Node.js 18.
//
//   node promql.js FOLDER < QUERIES
//       FOLDER/node_modules holds @prometheus-io/lezer-promql. QUERIES is a JSON array; what
//       comes out is one, too: of each query the place of its first error, or -1.
'use strict';
const fs = require('fs');
const path = require('path');
const {createRequire} = require('module');

const load = createRequire(path.join(path.resolve(process.argv[2]), 'node_modules', 'any.js'));
const {parser} = load('@prometheus-io/lezer-promql');

function firstError(query) {
  let place = -1;
  parser.parse(query).iterate({
    enter(node) {
      if (node.type.isError && place < 0) place = node.from;
    },
  });
  return place;
}

const queries = JSON.parse(fs.readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(queries.map(firstError)));
