import { createHmac } from 'node:crypto';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function base32(text: string): Buffer {
  const bits = [...text].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** An authenticator app with one key: RFC 6238, six digits, 30 s, SHA-1. */
export class Authenticator {
  private last = 0;

  constructor(private readonly secret: string) {}

  private static step(): number {
    return Math.floor(Date.now() / 30_000);
  }
  private at(step: number): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac('sha1', base32(this.secret)).update(counter).digest();
    const number = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, '0');
  }
  /** A code that was not used yet. A code is taken once, so two quick ones are of neighbouring steps; a third is an error. */
  code(): string {
    this.last = Math.max(Authenticator.step(), this.last + 1);
    if (this.last > Authenticator.step() + 1) throw new Error('the test asks for more codes than half a minute has');
    return this.at(this.last);
  }
  /** Six digits that are of no step around now. */
  wrongCode(): string {
    const near = [-3, -2, -1, 0, 1, 2, 3].map((distance) => this.at(Authenticator.step() + distance));
    return ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'].find((code) => !near.includes(code))!;
  }
}
