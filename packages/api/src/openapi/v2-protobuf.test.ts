import assert from 'node:assert/strict';
import protobufjs from 'protobufjs';
import { deployments } from '../scheme.ts';
import { openApiV2ToProtobuf } from './v2-protobuf.ts';
import { openApiV2 } from './v2.ts';

/** As much of the messages as is asked for here. */
const { root } = protobufjs.parse(
  `
  syntax = "proto3";
  message Any { string yaml = 2; }
  message NamedAny { string name = 1; Any value = 2; }
  message Document { string swagger = 1; Info info = 2; Paths paths = 8; Definitions definitions = 9; }
  message Info { string title = 1; string version = 2; }
  message Paths { repeated NamedPathItem path = 2; }
  message NamedPathItem { string name = 1; PathItem value = 2; }
  message PathItem { Operation patch = 8; repeated ParametersItem parameters = 9; }
  message Operation {
    string operation_id = 5; repeated string consumes = 7; repeated ParametersItem parameters = 8;
    Responses responses = 9; repeated NamedAny vendor_extension = 13;
  }
  message ParametersItem { Parameter parameter = 1; }
  message Parameter { BodyParameter body_parameter = 1; NonBodyParameter non_body_parameter = 2; }
  message BodyParameter { string name = 2; bool required = 4; Schema schema = 5; }
  message NonBodyParameter { Query query_parameter_sub_schema = 3; Path path_parameter_sub_schema = 4; }
  message Query { string name = 4; string type = 6; bool unique_items = 20; }
  message Path { bool required = 1; string name = 4; string type = 5; bool unique_items = 19; }
  message Responses { repeated NamedResponse response_code = 1; }
  message NamedResponse { string name = 1; ResponseValue value = 2; }
  message ResponseValue { Response response = 1; }
  message Response { string description = 1; SchemaItem schema = 2; }
  message SchemaItem { Schema schema = 1; }
  message Definitions { repeated NamedSchema additional_properties = 1; }
  message NamedSchema { string name = 1; Schema value = 2; }
  message Strings { repeated string value = 1; }
  message Schemas { repeated Schema schema = 1; }
  message Properties { repeated NamedSchema additional_properties = 1; }
  message MoreProperties { Schema schema = 1; bool boolean = 2; }
  message Schema {
    string ref = 1; string format = 2; string description = 4; Any default = 5; double minimum = 9;
    int64 max_length = 11; repeated string required = 19; repeated Any enum = 20;
    MoreProperties additional_properties = 21; Strings type = 22; Schemas items = 23;
    Properties properties = 25; repeated NamedAny vendor_extension = 31;
  }`,
  { keepCase: true },
);

interface Named<Value> {
  readonly name: string;
  readonly value: Value;
}

function read<Answer>(document: object): Answer {
  const type = root.lookupType('Document');
  return type.toObject(type.decode(openApiV2ToProtobuf(document)), { longs: Number }) as Answer;
}

describe('OpenAPI v2 as protobuf', () => {
  it('says of schemas what they say', () => {
    const own = {
      type: 'object',
      required: ['a'],
      properties: {
        a: { type: 'string', maxLength: 3, enum: ['x', 'y'], default: 'x' },
        b: { type: 'array', items: { $ref: '#/definitions/b' } },
        c: { type: 'object', additionalProperties: { type: 'number', minimum: 0.5 } },
        d: { type: 'object', additionalProperties: true },
      },
      'x-kubernetes-group-version-kind': [{ group: '', kind: 'A', version: 'v1' }],
      unknown: true,
      description: 7,
    };
    const { definitions } = read<{ definitions: object }>({ definitions: { own } });
    const gvk = '[{"group":"","kind":"A","version":"v1"}]\n';
    assert.deepEqual(definitions, {
      additional_properties: [
        {
          name: 'own',
          value: {
            type: { value: ['object'] },
            required: ['a'],
            properties: {
              additional_properties: [
                {
                  name: 'a',
                  value: {
                    type: { value: ['string'] },
                    max_length: 3,
                    enum: [{ yaml: '"x"\n' }, { yaml: '"y"\n' }],
                    default: { yaml: '"x"\n' },
                  },
                },
                {
                  name: 'b',
                  value: {
                    type: { value: ['array'] },
                    items: { schema: [{ ref: '#/definitions/b' }] },
                  },
                },
                {
                  name: 'c',
                  value: {
                    type: { value: ['object'] },
                    additional_properties: {
                      schema: { type: { value: ['number'] }, minimum: 0.5 },
                    },
                  },
                },
                {
                  name: 'd',
                  value: {
                    type: { value: ['object'] },
                    additional_properties: { boolean: true },
                  },
                },
              ],
            },
            vendor_extension: [{ name: 'x-kubernetes-group-version-kind', value: { yaml: gvk } }],
          },
        },
      ],
    });
  });

  it('says of operations what clients look for', () => {
    const { group, version, kind } = deployments;
    const resource = { type: deployments, subresource: '', group, version, kind, verbs: ['patch'] };
    const document = openApiV2([resource], { version: 'v1.36.0' });
    interface Item {
      readonly parameters: readonly object[];
      readonly patch: {
        readonly consumes: readonly string[];
        readonly parameters: readonly object[];
      };
    }
    const { swagger, info, paths } = read<{
      swagger: string;
      info: object;
      paths: { path: readonly Named<Item>[] };
    }>(document);
    assert.equal(swagger, '2.0');
    assert.deepEqual(info, { title: 'Kubernetes', version: 'v1.36.0' });
    const [path] = paths.path;
    assert.ok(path);
    assert.equal(path.name, '/apis/apps/v1/namespaces/{namespace}/deployments/{name}');
    const { parameters, patch } = path.value;
    const required = { required: true, type: 'string', unique_items: true };
    assert.deepEqual(
      parameters,
      ['namespace', 'name'].map((name) => ({
        parameter: { non_body_parameter: { path_parameter_sub_schema: { ...required, name } } },
      })),
    );
    assert.ok(patch.consumes.includes('application/apply-patch+yaml'));
    assert.deepEqual(patch.parameters[0], {
      parameter: {
        body_parameter: {
          name: 'body',
          required: true,
          schema: { ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Patch' },
        },
      },
    });
    const validation = { name: 'fieldValidation', type: 'string', unique_items: true };
    assert.deepEqual(
      patch.parameters.filter((one) => JSON.stringify(one).includes('fieldValidation')),
      [{ parameter: { non_body_parameter: { query_parameter_sub_schema: validation } } }],
    );
  });
});
