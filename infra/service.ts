import { Duration, Names, RemovalPolicy } from "aws-cdk-lib";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { Shards } from "#lib/store/dynamodb/layout.ts";
import { variables } from "../functions/env.ts";
import { AdminKey } from "./admin-key.ts";
import { Advance } from "./advance.ts";
import { Alarms } from "./alarms.ts";
import { Announcements, type EventsProps } from "./announcements.ts";
import { Bodies } from "./bodies.ts";
import { check } from "./checks.ts";
import { Dashboard } from "./dashboard.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Delivery, type Targets } from "./delivery.ts";
import { type DomainProps, Endpoint, type ThrottleProps, type TokenProps } from "./endpoint.ts";
import { HookSecrets } from "./hook-secrets.ts";
import { Hooks } from "./hooks.ts";
import { KeyRing } from "./key-ring.ts";
import { MinuteSweep } from "./minute-sweep.ts";
import { type Capacity, PromiseTable } from "./promise-table.ts";
import { ServiceFunction } from "./service-function.ts";
import type { SignInProps } from "./sign-in.ts";
import type { StreamingProps } from "./stream-url.ts";
import { type TracesProps, traceEach } from "./traces.ts";
import { WorkerPoll } from "./worker-poll.ts";

export interface ResonateServiceProps {
  /** What the table is called; absent: a name that CloudFormation makes up, so that two services fit into one account. */
  readonly name?: string;
  /** What becomes of the table when the service is taken out of the stack: it is kept, unless this says otherwise. */
  readonly removalPolicy?: RemovalPolicy;
  /** After how long a settled promise may be deleted, with all of its lineage: 2 days at least; never, unless it is said. */
  readonly retention?: Duration;
  /**
   * Into how many shards the lists and the due index are cut: 8 each, unless it is said. Each takes 1,000 writes a second.
   * They may be raised on a running service, and must never be lowered: what is in the others would not be found.
   */
  readonly shards?: Shards;
  /** How the table is paid: by use, unless this says what is provisioned. */
  readonly capacity?: Capacity;
  /**
   * URLs besides the API's own that clients reach the service at, without a slash at the end; the first is given out.
   * The list may only grow: ids in people's hands bear the old ones.
   */
  readonly publicUrls?: readonly string[];
  /** A domain of one's own for callers with keys and tokens. Its URL is given out. */
  readonly domain?: DomainProps;
  /** How many requests a second are let in, at each endpoint; absent: as many as the account has. */
  readonly throttle?: ThrottleProps;
  /** Whose tokens are accepted beside API keys; nobody's, unless it is said. */
  readonly tokens?: TokenProps;
  /** Where people sign in before they decide by a link that asks for it; nowhere, unless it is said. */
  readonly signIn?: SignInProps;
  /** After how long a task that nobody has taken is offered again; 30 seconds, unless it is said. */
  readonly retry?: Duration;
  /** Workers that can listen at once; 50, unless it is said. Each keeps one run of a function busy. */
  readonly workersMax?: number;
  /** A URL beside the endpoints where workers listen on streams, and every route but the providers' of hooks is served; none, unless it is said. */
  readonly streaming?: StreamingProps;
  /** Who is told of alarms; absent: they only show. */
  readonly alarmTopic?: ITopic;
  /** Functions, queues, topics and event buses that messages may be sent to by their names; none, unless it is said. */
  readonly targets?: Targets;
  /** An event bus that is told what happens to promises: created, resolved, rejected, canceled, timed out; absent: none. */
  readonly events?: EventsProps;
  /** Where traces are handed to; absent: none are kept. */
  readonly traces?: TracesProps;
  /** Whether `/docs` and `/openapi.json`, which hold no secrets, need a credential like other routes. */
  readonly isDescriptionClosed?: boolean;
  /** Post messages to receivers anywhere, not on the public internet alone: for tests. */
  readonly isAnyReceiver?: boolean;
}

/**
 * The whole service: requests -> endpoint -> promises -> advance -> delivery -> receivers; and for workers, a mailbox
 * that they ask. The sweep, each minute, repairs whatever was missed.
 */
export class ResonateService extends Construct {
  /** Where callers with keys and tokens go. */
  readonly url: string;
  /** What the DNS of an own domain has to point to. */
  readonly domainTarget: string | undefined;
  /** Where callers that sign with IAM go. */
  readonly signedUrl: string;
  /** Where workers listen on streams, if it is asked for. */
  readonly streamUrl: string | undefined;
  /** Prints the administrator's key. */
  readonly adminKeyCommand: string;
  readonly tableName: string;

  constructor(scope: Construct, id: string, props: ResonateServiceProps = {}) {
    super(scope, id);
    const { publicUrls = [], tokens = {}, retry = Duration.seconds(30) } = props;
    check(props);
    const { removalPolicy = RemovalPolicy.RETAIN, workersMax = 50, isAnyReceiver = false, targets = {} } = props;
    const promises = new PromiseTable(this, "Promises", { ...props, removalPolicy });
    const bodies = new Bodies(this, "Bodies", { removalPolicy });
    const adminKey = new AdminKey(this, "AdminKey");
    const linkKeys = new KeyRing(this, "LinkKeys", {
      description: "Keys of the promise service's links; the one that counts highest seals",
      variable: variables.linkKeysSecret,
      rotatedByHand: "A key stays for as long as links that it has sealed: a new one is added by hand, beside it.",
    });
    const signingKeys = new KeyRing(this, "SigningKeys", {
      description: "Keys that the promise service's messages are signed by",
      variable: variables.signingKeysSecret,
      rotatedByHand: "Receivers have to be told of a new key while the old one still signs: it is added by hand.",
    });
    const hookSecrets = new HookSecrets(this, "HookSecrets");
    const endpoint = new Endpoint(this, "Endpoint", {
      ...props,
      promises,
      bodies,
      adminKey,
      linkKeys,
      signingKeys,
      hookSecrets,
      tokens,
      publicUrls,
      retry,
    });
    const delivery = new Delivery(this, "Delivery", {
      promises,
      bodies,
      signingKeys,
      urls: endpoint.urls,
      isAnyReceiver,
      targets,
    });
    const advance = new Advance(this, "Advance", { ...props, promises, bodies, hookSecrets, delivery, retry });
    const sweep = new MinuteSweep(this, "Sweep", { ...props, promises, bodies, hookSecrets, advance, delivery, retry });
    new Hooks(this, "Hooks", { promises, bodies, endpoint, secrets: hookSecrets, retry });
    new WorkerPoll(this, "WorkerPoll", { promises, bodies, endpoint, workersMax });
    if (props.events !== undefined) {
      new Announcements(this, "Announcements", { ...props.events, promises });
    }

    const serviceName = Names.uniqueResourceName(this, { maxLength: 64 });
    const functions = this.#all(ServiceFunction);
    const deadLetters = this.#all(DeadLetters);
    for (const each of functions) {
      each.addEnvironment(variables.serviceName, serviceName);
      if (props.shards !== undefined) {
        each.addEnvironment(variables.shards, `${props.shards.list},${props.shards.due}`);
      }
    }
    if (props.traces !== undefined) {
      traceEach(functions, props.traces);
    }
    new Dashboard(this, "Dashboard", { serviceName, functions, deadLetters });
    const answering = functions.filter(({ purpose }) => purpose.isAnswering);
    const watched = { serviceName, answering, sweep: sweep.handler, deadLetters, stream: endpoint.streaming?.handler };
    new Alarms(this, "Alarms", { ...watched, ...(props.alarmTopic && { topic: props.alarmTopic }) });

    this.url = endpoint.url;
    this.domainTarget = endpoint.domainTarget;
    this.signedUrl = endpoint.signedUrl;
    this.streamUrl = endpoint.streaming?.url;
    this.adminKeyCommand = adminKey.command;
    this.tableName = promises.name;
  }

  /** All constructs of a class in the service. */
  #all<Kind extends Construct>(kind: abstract new (...given: never[]) => Kind): Kind[] {
    return this.node.findAll().filter((each): each is Kind => each instanceof kind);
  }
}
