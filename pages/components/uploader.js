// What sends pictures, for `uploader.py`; on every page that has a box for them.
const plazaSending = {};
class PlazaAway extends Error {}
// A connection that breaks, or a server that is just being replaced, is tried again; what is refused is not.
async function plazaPatiently(step) {
  for (const seconds of [0.5, 1, 2, 4, 8, 15]) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof PlazaAway)) throw error;
      await new Promise((later) => setTimeout(later, 1000 * seconds));
    }
  }
  return step();
}
const plazaAsk = (url, body) => plazaPatiently(() => plazaAskOnce(url, body));
const plazaPost = (form, file, show) => plazaPatiently(() => plazaPostOnce(form, file, show));
async function plazaAskOnce(url, body) {
  const sent = await fetch(url, {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body ?? {}),
  }).catch(() => null);
  if (!sent || sent.status > 501) throw new PlazaAway('Plaza cannot be reached. Check your connection and choose it again.');
  const answer = await sent.json().catch(() => ({}));
  if (sent.ok) return answer;
  const said = Object.values(answer.fields ?? {}).join(' ') || answer.detail;
  throw new Error(sent.status === 429 ? 'Too many at once. Wait a minute, then choose it again.' : said || 'That did not work. Choose it again.');
}
function plazaPostOnce(form, file, show) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(), body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
    body.append('file', file);
    request.upload.onprogress = (event) => show(Math.round((100 * event.loaded) / event.total));
    const wrong = 'The file was not taken. Choose it again.', broken = 'The connection broke. Choose it again.';
    request.onload = () => {
      if (request.status < 300) done();
      else failed(request.status > 501 ? new PlazaAway(broken) : new Error(wrong));
    };
    request.onerror = () => failed(new PlazaAway(broken));
    request.open('POST', form.url);
    request.send(body);
  });
}
async function plazaUpload(files, {at, set, arrived}) {
  const sending = plazaSending[at] = (plazaSending[at] ?? []).filter((each) => !each.wrong);
  const show = () => set(plazaSending[at].map(({name, percent, wrong}) => ({name, percent, wrong})));
  const mine = [...files].map((file) => ({file, name: file.name, percent: 0, wrong: ''}));
  sending.push(...mine);
  show();
  for (const one of mine) {
    try {
      const form = await plazaAsk(at + '/uploads', {content_type: one.file.type, size: one.file.size});
      await plazaPost(form, one.file, (percent) => { one.percent = percent; show(); });
      await plazaAsk(at + '/uploads/' + form.id + '/complete');
      arrived(form.id);
      plazaSending[at] = plazaSending[at].filter((each) => each !== one);
    } catch (error) {
      one.wrong = error.message;
    }
    show();
  }
}
