// A file to the media store, with the parameters our server signed: the bytes do not pass through it.
import { post } from "../api/client.js";
import { Problem } from "../api/problem.js";

/** Uploads a lesson video; `told(percent)` as it goes. Answers the lesson's fields about it. */
export async function uploadVideo(courseId, file, told) {
  const signed = await post("/api/media/signature", { purpose: "lesson_video", course_id: courseId });
  const answer = await send(signed, file, told);
  return { video_public_id: answer.public_id };
}

function send(signed, file, told) {
  const body = new FormData();
  for (const [name, value] of Object.entries(signed.fields)) body.append(name, value);
  body.append("file", file);
  // fetch() cannot tell how far an upload is.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) told(Math.floor((event.loaded / event.total) * 100)); });
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.response) : reject(refused(request.response?.error?.message))));
    request.addEventListener("error", () => reject(refused("The media store cannot be reached.")));
    request.open("POST", signed.upload_url);
    request.responseType = "json";
    request.send(body);
  });
}

function refused(reason) {
  return new Problem({ status: 502, code: "upload_refused", detail: `The upload did not go through. ${reason ?? ""}`.trim() });
}
