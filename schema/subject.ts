/** What answers, events and requests are about, told by its kind and never by the form of its id. */
import { z } from 'zod'
import { subjectKinds } from '../domain/subject.ts'

export const SubjectKindName = z.enum(subjectKinds).meta({ id: 'SubjectKind', description: 'Ids are unique within a kind only.' })

export const SubjectRef = z.object({ kind: SubjectKindName, id: z.string() }).meta({ id: 'SubjectRef' })
