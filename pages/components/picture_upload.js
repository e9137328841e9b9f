// Uploads pictures for `picture_upload.py`; on every page with an upload area.
const plazaUploads = {};
// Uploads that were reported to the page and not confirmed by it: an event is lost with the server that received it.
const plazaReports = new Map();
function plazaReport(id, report, delays = [2, 4, 8, 16, 32]) {
  report(id);
  if (delays.length) plazaReports.set(id, setTimeout(() => plazaReport(id, report, delays.slice(1)), 1000 * delays[0]));
}
globalThis.plazaConfirmUploads = (ids) => ids.forEach((id) => { clearTimeout(plazaReports.get(id)); plazaReports.delete(id); });
class PlazaUnavailable extends Error {}
// Retries after a lost connection or while a server is being replaced, but not after a refusal.
async function plazaRetry(step) {
  for (const seconds of [0.5, 1, 2, 4, 8, 15]) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof PlazaUnavailable)) throw error;
      await new Promise((later) => setTimeout(later, 1000 * seconds));
    }
  }
  return step();
}
const plazaSendFileJson = (url, body) => plazaRetry(() => plazaSendFileJsonOnce(url, body));
const plazaSendFile = (form, file, show) => plazaRetry(() => plazaSendFileOnce(form, file, show));
async function plazaSendFileJsonOnce(url, body) {
  const response = await fetch(url, {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body ?? {}),
  }).catch(() => null);
  if (!response || response.status > 501) throw new PlazaUnavailable("We can't reach Plaza. Check your connection and choose the file again.");
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const message = Object.values(answer.fields ?? {}).join(' ') || answer.detail;
  throw new Error(response.status === 429 && answer.code !== 'quota_used' ? 'Too many uploads at once. Wait a minute, then choose the file again.' : message || "That didn't work. Choose the file again.");
}
function plazaSendFileOnce(form, file, show) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(), body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
    body.append('file', file);
    request.upload.onprogress = (event) => show(Math.round((100 * event.loaded) / event.total));
    const refused = 'The upload was rejected. Choose the file again.', broken = 'The connection was lost. Choose the file again.';
    request.onload = () => {
      if (request.status < 300) done();
      else failed(request.status > 501 ? new PlazaUnavailable(broken) : new Error(refused));
    };
    request.onerror = () => failed(new PlazaUnavailable(broken));
    request.open('POST', form.url);
    request.send(body);
  });
}
globalThis.plazaUploadPictures = async (files, {apiUrl, set, onUploaded, isConfirmed}) => {
  const uploads = plazaUploads[apiUrl] = (plazaUploads[apiUrl] ?? []).filter((each) => !each.error);
  const show = () => set(plazaUploads[apiUrl].map(({name, percent, error}) => ({name, percent, error})));
  const added = [...files].map((file) => ({file, name: file.name, percent: 0, error: ''}));
  uploads.push(...added);
  show();
  for (const upload of added) {
    try {
      const form = await plazaSendFileJson(apiUrl + '/uploads', {content_type: upload.file.type, size: upload.file.size});
      await plazaSendFile(form, upload.file, (percent) => { upload.percent = percent; show(); });
      await plazaSendFileJson(apiUrl + '/uploads/' + form.id + '/complete');
      if (isConfirmed) plazaReport(form.id, onUploaded);
      else onUploaded(form.id);
      plazaUploads[apiUrl] = plazaUploads[apiUrl].filter((each) => each !== upload);
    } catch (error) {
      upload.error = error.message;
    }
    show();
  }
};
