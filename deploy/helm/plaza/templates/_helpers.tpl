{{- define "plaza.labels" -}}
app.kubernetes.io/name: plaza
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "plaza.image" -}}
{{- $colour := index .root.Values.colours .colour -}}
{{ .root.Values.image.repository }}{{ if $colour.digest }}@{{ $colour.digest }}{{ else }}:{{ required "an enabled colour has a tag or a digest" $colour.tag }}{{ end }}
{{- end }}

{{- define "plaza.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "plaza.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The common part of a tier's pods; arguments: root, colour, tier, component, args, resources, drain, port, ready, live */}}
{{- define "plaza.pod" -}}
serviceAccountName: plaza
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .drain }}
securityContext: {{- include "plaza.podSecurity" 10001 | nindent 2 }}
topologySpreadConstraints:
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: {matchLabels: {app.kubernetes.io/name: plaza, app.kubernetes.io/component: {{ $.component }}}}
  {{- end }}
containers:
  - name: {{ .tier }}
    image: {{ include "plaza.image" . | quote }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    args: {{ toJson .args }}
    securityContext: {{- include "plaza.containerSecurity" . | nindent 6 }}
    envFrom:
      - configMapRef: {name: plaza}
      - secretRef: {name: plaza}
    ports:
      {{- if .port }}
      - {name: http, containerPort: {{ .port }}}
      {{- end }}
      - {name: metrics, containerPort: 9100}
    {{- if .port }}
    startupProbe:
      httpGet: {path: {{ .live }}, port: http}
      periodSeconds: 2
      failureThreshold: 45
    readinessProbe:
      httpGet: {path: {{ .ready }}, port: http}
      periodSeconds: 5
      timeoutSeconds: 4
    livenessProbe:
      httpGet: {path: {{ .live }}, port: http}
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    # Load balancers remove the pod first; running requests finish after the signal.
    {{- if eq .tier "web" }}
    # Sockets are closed gradually before the stop; otherwise all browsers would reconnect at once.
    lifecycle: {preStop: {exec: {command: [sh, -c, sleep 10; kill -USR1 1; sleep 6]}}}
    {{- else }}
    lifecycle: {preStop: {sleep: {seconds: 10}}}
    {{- end }}
    {{- else }}
    startupProbe:
      tcpSocket: {port: metrics}
      periodSeconds: 2
      failureThreshold: 45
    readinessProbe: {tcpSocket: {port: metrics}}
    livenessProbe: {tcpSocket: {port: metrics}, periodSeconds: 20, failureThreshold: 6}
    {{- end }}
    resources: {{- toYaml .resources | nindent 6 }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
volumes:
  - {name: tmp, emptyDir: {medium: Memory, sizeLimit: 256Mi}}
{{- end }}

{{/* The same on one line. */}}
{{- define "plaza.flatLabels" -}}
{{ include "plaza.labels" . | fromYaml | toJson }}
{{- end }}

{{/* The services for visitors: web, api, and the API groups with processes of their own. */}}
{{- define "plaza.serving" -}}
{{- $names := list "web" "api" }}
{{- range $name, $is := .Values.api.services }}
{{- $names = append $names (printf "api-%s" $name) }}
{{- end }}
{{- toJson $names }}
{{- end }}
