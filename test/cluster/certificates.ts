import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SECRET_MODE } from '../../lab/files.js';
import { runTool } from '../../lab/tools.js';
import { NODE } from './settings.js';

/** Days; a cluster lives for minutes, and this machine's clock may be off. */
const VALID_DAYS = '30';

/** The files with the keys of a cluster, all in one folder. */
export interface Certificates {
  readonly file: (name: string) => string;
}

/** Who gets a certificate, as whom. */
interface Subject {
  readonly name: string;
  readonly subject: string;
  readonly addresses?: string;
}

/** Makes an authority for this cluster alone and the certificates of its parts. */
export async function makeCertificates(folder: string, nodeIp: string): Promise<Certificates> {
  await mkdir(folder, { mode: 0o700 });
  const own = 'IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc';
  const subjects: readonly Subject[] = [
    { name: 'apiserver', subject: '/CN=kube-apiserver', addresses: `${own},IP:${nodeIp}` },
    { name: 'admin', subject: '/O=system:masters/CN=admin' },
    {
      ...{ name: 'kubelet', subject: `/O=system:nodes/CN=system:node:${NODE}` },
      addresses: `IP:${nodeIp},DNS:${NODE}`,
    },
  ];
  await openssl(
    folder,
    [...newKey('ca.key'), ...['-x509', '-days', VALID_DAYS, '-subj', '/CN=readiness-test']],
    'ca.crt',
  );
  await Promise.all([...subjects.map((subject) => issue(folder, subject)), makeAccountsKey(folder)]);
  return { file: (name) => join(folder, name) };
}

/** The text of a kubeconfig for one of the certificates. */
export async function kubeconfig(certificates: Certificates, user: string, port: number): Promise<string> {
  const base64 = async (name: string): Promise<string> =>
    (await readFile(certificates.file(name))).toString('base64');
  const [authority, certificate, key] = await Promise.all([
    ...[base64('ca.crt'), base64(`${user}.crt`), base64(`${user}.key`)],
  ]);
  return `apiVersion: v1
kind: Config
clusters:
  - name: readiness-test
    cluster: { server: 'https://127.0.0.1:${port}', certificate-authority-data: ${authority} }
users:
  - name: ${user}
    user: { client-certificate-data: ${certificate}, client-key-data: ${key} }
contexts:
  - name: readiness-test
    context: { cluster: readiness-test, user: ${user} }
current-context: readiness-test
`;
}

async function issue(folder: string, { name, subject, addresses }: Subject): Promise<void> {
  const extensions = [
    'keyUsage=digitalSignature,keyEncipherment',
    'extendedKeyUsage=serverAuth,clientAuth',
    ...(addresses === undefined ? [] : [`subjectAltName=${addresses}`]),
  ];
  await writeFile(join(folder, `${name}.ext`), `${extensions.join('\n')}\n`);
  await openssl(folder, [...newKey(`${name}.key`), '-subj', subject], `${name}.csr`);
  const signed = ['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key'];
  // Told apart by name: a counter in a file would be written by all at once.
  const serial = `0x${Buffer.from(name).toString('hex').slice(0, 30)}`;
  await openssl(
    folder,
    [...signed, '-set_serial', serial, '-days', VALID_DAYS, '-extfile', `${name}.ext`],
    `${name}.crt`,
  );
}

/** The pair of keys that signs and checks the tokens of service accounts. */
async function makeAccountsKey(folder: string): Promise<void> {
  await openssl(
    folder,
    ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    'accounts.key',
  );
  await openssl(folder, ['pkey', '-in', 'accounts.key', '-pubout'], 'accounts.pub');
}

function newKey(file: string): string[] {
  return ['req', '-new', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', file];
}

async function openssl(folder: string, args: readonly string[], out: string): Promise<void> {
  await writeFile(join(folder, out), '', { mode: SECRET_MODE });
  await runTool({
    command: 'openssl',
    args: [...args, '-out', out],
    cwd: folder,
    failure: `The test cluster's ${out} could not be made`,
    next: 'see the lines above; openssl 1.1.1 or newer is needed.',
  });
}
