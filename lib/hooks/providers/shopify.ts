import { headerOf, isBase64, isSignedBy, soleSignature } from "../claim.ts";
import type { ProviderRules } from "./provider.ts";

export const shopify: ProviderRules = {
  claim: (request) => {
    const sole = soleSignature(request, "x-shopify-hmac-sha256", "", isBase64);
    return typeof sole === "string"
      ? sole
      : { isBy: isSignedBy({ encoding: "base64", given: [sole.given], content: [request.body] }) };
  },
  identify: (request) => {
    const [type, event] = [headerOf(request, "x-shopify-topic"), headerOf(request, "x-shopify-event-id")];
    // One event may be told under several topics, each with a webhook's id of its own.
    const id =
      headerOf(request, "x-shopify-webhook-id") ?? (event === undefined ? undefined : `${event} ${type ?? ""}`);
    return { id, type };
  },
};
