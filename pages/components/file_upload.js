// Uploads a file to storage, for `file_upload.py`. `set` changes the upload's value in the browser; `onUploaded` gets its id.
globalThis.plazaUploadFile = async (file, set, {startUrl, onUploaded}) => {
  if (!file || globalThis.plazaUploading) return;
  const upload = globalThis.plazaUploading = {};
  const show = (more) => set({uploading: true, percent: 0, name: file.name, detail: '', dragOver: false, ...more});
  const end = (detail) => { globalThis.plazaUploading = null; show({uploading: false, detail}); };
  const post = async (url, body) => {
    try {
      const response = await fetch(url, {
        method: 'POST', headers: body ? {'Content-Type': 'application/json'} : {}, body: body && JSON.stringify(body),
      });
      const answer = await response.json();
      if (response.ok) return answer;
      if (response.status === 401) window.location.assign('/sign-in?next=' + encodeURIComponent(window.location.pathname));
      end(answer.detail ?? 'Something went wrong on our side. Please try again.');
    } catch {
      end("We can't reach Plaza. Check your connection and try again.");
    }
    return null;
  };
  show({});
  const started = await post(startUrl, {name: file.name, size: file.size});
  if (!started) return;
  const form = new FormData(), {url, fields} = started.upload;
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new File([file], 'file', {type: fields['Content-Type']}));
  const result = await new Promise((done) => {
    const request = upload.request = new XMLHttpRequest();
    request.open('POST', url);
    request.upload.onprogress = (event) => show({percent: Math.floor(100 * event.loaded / event.total)});
    request.onload = () => done(request.status < 300 ? 'ok' : 'refused');
    request.onerror = () => done('lost');
    request.onabort = () => done('stopped');
    request.send(form);
  });
  if (result !== 'ok') {
    fetch(startUrl + '/' + started.id, {method: 'DELETE'}).catch(() => {});
    end({
      refused: "We couldn't store this file. Please try again.",
      lost: 'The upload was interrupted. Check your connection and try again.',
      stopped: '',
    }[result]);
    return;
  }
  if (!await post(startUrl + '/' + started.id + '/received')) return;
  globalThis.plazaUploading = null;
  onUploaded(started.id);
};
