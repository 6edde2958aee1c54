// Direct uploads to the media store with signed parameters: the file does not pass through our server.
import { post } from "../api/client.js";
import { Problem } from "../api/problem.js";

/** Uploads a lesson video and calls `onProgress(percent)`. Returns the fields of the lesson for the video. */
export async function uploadVideo(courseId, file, onProgress) {
  const signed = await post("/api/media/signature", { purpose: "lesson_video", course_id: courseId });
  const asset = await send(signed, file, onProgress);
  return { video_public_id: asset.public_id };
}

function send(signed, file, onProgress) {
  const body = new FormData();
  for (const [name, value] of Object.entries(signed.fields)) body.append(name, value);
  body.append("file", file);
  // fetch() does not report upload progress.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) onProgress(Math.floor((event.loaded / event.total) * 100)); });
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.response) : reject(uploadProblem(request.response?.error?.message))));
    request.addEventListener("error", () => reject(uploadProblem("The media store cannot be reached.")));
    request.open("POST", signed.upload_url);
    request.responseType = "json";
    request.send(body);
  });
}

function uploadProblem(reason) {
  return new Problem({ status: 502, code: "upload_refused", detail: `The upload failed. ${reason ?? ""}`.trim() });
}
