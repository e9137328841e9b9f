// Validate the custom resources in a file of manifests against their published schemas; prints errors and the number of known kinds.
import fs from "node:fs";
const PACKAGES = {
  "keda.sh/v1alpha1": "keda",
  "argoproj.io/v1alpha1": "argo-rollouts",
  "external-secrets.io/v1": "external-secrets",
  "monitoring.coreos.com/v1": "prometheus-operator",
  "gateway.networking.k8s.io/v1": "gateway-api",
  "postgresql.cnpg.io/v1": "cloudnative-pg",
};
let known = 0;
let wrong = 0;
for (const resource of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
  const name = PACKAGES[resource.apiVersion];
  if (!name) {
    if (resource.apiVersion.includes(".") && !resource.apiVersion.includes(".k8s.io/")) {
      console.error(`nobody knows ${resource.apiVersion}`);
      wrong += 1;
    }
    continue;
  }
  const kinds = await import(`@kubernetes-models/${name}/${resource.apiVersion}/${resource.kind}`);
  try {
    new kinds[resource.kind](resource).validate();
    known += 1;
  } catch (error) {
    console.error(`${resource.kind} ${resource.metadata.name}: ${error.message}`);
    wrong += 1;
  }
}
console.log(`${known} custom resources are what their schemas say`);
process.exit(wrong || known < 10 ? 1 : 0);
